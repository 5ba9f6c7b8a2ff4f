import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Escapes text for an element or a quoted attribute. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? "")

/**
 * The pages run no scripts. There is no `form-action`, since some browsers apply it to the redirect that
 * follows. A form has to tell which page it is on, which `no-referrer` would prevent; other sites get no
 * referrer.
 */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff"
}

const style = [
  ":root{color-scheme:light dark;--line:#8884;--quiet:#666;--warn:#9a3412;--green:#117a3d;--card:#fff;--back:#f3f4f3}",
  "@media(prefers-color-scheme:dark){:root{--quiet:#aaa;--warn:#fdba74;--green:#1d9f55;--card:#1c1f1d;--back:#111312}}",
  "*{box-sizing:border-box}",
  "body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:1rem;background:var(--back);overflow-wrap:anywhere}",
  "main{max-width:70rem;margin:0 auto}",
  ".card{max-width:32rem;margin:4vh auto;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:12px}",
  "section{margin:1rem 0;padding:1rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow-x:auto}",
  ".brand{margin:0;font-weight:600;color:var(--green)}",
  "h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 1rem}h2{font-size:1.05rem;margin:0 0 .5rem}.card h2{margin-top:1.25rem}",
  "fieldset{border:0;margin:0;padding:0}legend{font-weight:600;padding:0;margin-bottom:.5rem}",
  ".choice{display:flex;gap:.75rem;align-items:center;padding:.6rem .9rem;margin:.5rem 0;border:1px solid var(--line);border-radius:8px;cursor:pointer}",
  ".choice:has(:checked){border-color:var(--green);outline:1px solid var(--green)}",
  ".choice input{width:1.2rem;height:1.2rem;flex:none;accent-color:var(--green)}.choice small{display:block}",
  "small,.quiet{color:var(--quiet);font-size:.875rem}.warn,.error{color:var(--warn)}.error{font-weight:600}",
  "ul{margin:0;padding-left:1.25rem}li{margin:.3rem 0}li small{white-space:nowrap}",
  ".actions{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}",
  "button,select{font:inherit;min-height:44px;padding:.4rem 1rem;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit;cursor:pointer}",
  ".card .actions button{flex:1}button.primary{background:#117a3d;border-color:#117a3d;color:#fff;font-weight:600}",
  ":focus-visible{outline:3px solid #2b7de9;outline-offset:2px}",
  "section>table+*,dl+table{margin-top:.75rem}.actions:last-child{margin-bottom:.25rem}",
  "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.35rem .9rem .35rem 0;border-top:1px solid var(--line);vertical-align:top}th{font-weight:600;border-top:0}",
  "th,td{overflow-wrap:normal}td .long{display:block;min-width:14rem;overflow-wrap:anywhere}td form{display:inline}td button{white-space:nowrap;min-height:32px;padding:.1rem .6rem}",
  ".switches{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.75rem 1.5rem}.switches form{display:flex;gap:.5rem;align-items:end}.switches form div{flex:1;min-width:0}.switches label{font-size:.875rem}.switches select{display:block;width:100%}",
  "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dd{margin:0}",
  "@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}"
].join("")

/** A page in the emulator's style. `body` is HTML, and `title` is text. */
export const page = (status: number, title: string, body: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(title)}</title><style>${style}</style></head><body>${body}</body></html>`,
    { status, contentType: "text/html; charset=utf-8", headers }
  )
