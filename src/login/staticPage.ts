/** The kind of message that the icon of the page shows. */
export type Tone = "good" | "neutral" | "bad"

export interface Page {
  readonly tone: Tone
  readonly title: string
  readonly text: string
  readonly link?: { readonly path: string; readonly label: string } | undefined
}

const style = `:root{color-scheme:light dark;--page:#f3f5f4;--card:#fff;--line:#d9dfdb;--text:#111613;--muted:#535f58;--good:#117a3d;--bad:#b3361b;--on:#fff}
@media(prefers-color-scheme:dark){:root{--page:#0b0e0d;--card:#151a18;--line:#2a332f;--text:#eef3f0;--muted:#a3b0a9;--good:#1ed760;--bad:#ff9a85;--on:#06170c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;font:1rem/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;background:var(--page);color:var(--text)}
main{width:100%;max-width:28rem;padding:2.5rem 2rem;border:1px solid var(--line);border-radius:1rem;background:var(--card);text-align:center}
svg{width:3rem;height:3rem;fill:none;stroke:var(--muted);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.good{stroke:var(--good)}
.bad{stroke:var(--bad)}
h1{margin:.75rem 0 .5rem;font-size:1.5rem;line-height:1.25;text-wrap:balance}
p{margin:0;color:var(--muted);text-wrap:pretty}
a{display:inline-block;margin-top:1.5rem;padding:.7rem 1.5rem;border-radius:999px;background:var(--good);color:var(--on);font-weight:600;text-decoration:none}
a:focus-visible{outline:3px solid var(--text);outline-offset:2px}`

/** The hash of the style above, so that browsers apply no injected style. A test compares the two. */
const styleHash = "sha256-m0JnaVvISN0jTbWPBOLDBYBV3lH/rR9v8npmD5K77WM="

export const contentSecurityPolicy = `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const marks: Record<Tone, string> = {
  good: "m7.5 12.5 3 3 6-6.5",
  neutral: "M8 12h8",
  bad: "M12 7v6m0 3.5v.01"
}

const escape = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`)

/** A page without scripts, which works in any browser and loads nothing. */
export const html = ({ link, text, title, tone }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<svg viewBox="0 0 24 24" class="${tone}" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="${marks[tone]}"/></svg>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>${link === undefined ? "" : `\n<a href="${escape(link.path)}">${escape(link.label)}</a>`}
</main>
</body>
</html>
`
