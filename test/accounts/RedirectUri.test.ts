import { assert, describe, it } from "@effect/vitest"
import { RedirectUri } from "effect-spotify"
import * as Either from "effect/Either"

const accepted = [
  "https://app.example/callback",
  "https://app.example/callback?from=spotify",
  "http://127.0.0.1:8888/callback",
  "http://127.0.0.1",
  "http://[::1]:8888/callback",
  "com.example.my-app:/callback",
  "com.example.app://callback?from=spotify",
  "https://localhost.example/callback",
  // As they are: Spotify compares them letter for letter
  "https://App.Example/Callback/",
  "HTTPS://app.example:443/callback",
  "https://app.example/callback?list=a,b;c",
  "https://\u4f8b\u3048.example/callback",
  "xn--p1ai.example.app:/callback"
]

const refused: ReadonlyArray<readonly [string, RegExp]> = [
  ["http://localhost:8888/callback", /127\.0\.0\.1:8888\/callback/],
  ["https://localhost/callback", /127\.0\.0\.1/],
  ["http://app.example/callback", /https/],
  ["http://192.168.0.2/callback", /https/],
  ["http://127.0.0.2/callback", /127\.0\.0\.1/],
  ["https://app.example/#top", /fragment/],
  ["https://app.example/#", /fragment/],
  ["https://user:pw@app.example/", /user name/],
  // Browsers act on these by themselves, or any other program can claim them (RFC 8252, section 7.1)
  ...[
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:msgbox(1)",
    "view-source:https://app.example/",
    "file:///etc/passwd",
    "filesystem:https://app.example/temporary/x",
    "blob:https://app.example/1",
    "about:blank",
    "chrome://settings",
    "intent://x#Intent;end",
    "ms-settings:",
    "mailto:a@b",
    "ws://app.example/",
    "ftp://app.example/",
    "my-app://callback",
    "app.:/x",
    // Schemes with dots that systems act on, and what no domain begins or ends with
    "x-apple.systempreferences:/callback",
    "vnd.youtube:/callback",
    "google.navigation:/callback",
    "google.streetview:/callback",
    "android.resource://x/callback",
    "ms-settings.x:/callback",
    "web+com.example:/callback",
    "a.example:/callback",
    "com.-example:/callback",
    "com.example-:/callback"
  ].map((uri): readonly [string, RegExp] => [uri, uri.includes("#") ? /fragment/ : /scheme .*com\.example/]),
  ["app.example:8080/callback", /no scheme.*https/],
  ["app.example/callback", /no scheme.*use https:\/\/app\.example\/callback$/],
  ["//app.example/callback", /no scheme.*use https:\/\/app\.example\/callback$/],
  ["myserver:3000/callback", /no scheme.*use https:\/\/myserver:3000\/callback$/],
  ["localhost:8888/callback", /no scheme.*use http:\/\/127\.0\.0\.1:8888\/callback$/],
  ["localhost/callback", /no scheme.*use http:\/\/127\.0\.0\.1\/callback$/],
  ["127.0.0.1:8888/callback", /no scheme.*use http:\/\/127\.0\.0\.1:8888\/callback$/],
  ["[::1]:8888/callback", /no scheme.*use http:\/\/\[::1\]:8888\/callback$/],
  ["http:/127.0.0.1:8888/callback", /misspelt.*http:\/\/127\.0\.0\.1:8888\/callback$/],
  ["http:127.0.0.1:8888/callback", /misspelt.*http:\/\/127\.0\.0\.1:8888\/callback$/],
  ["https:///app.example/callback", /misspelt.*https:\/\/app\.example\/callback$/],
  ["https:\\\\app.example\\callback", /misspelt.*https:\/\/app\.example\/callback$/],
  // One host for a browser, and another text for Spotify
  ["http://127.1:8888/callback", /misspelt.*http:\/\/127\.0\.0\.1:8888\/callback$/],
  ["http://2130706433/callback", /misspelt.*http:\/\/127\.0\.0\.1\/callback$/],
  ["http://0x7f.0.0.1/callback", /misspelt.*http:\/\/127\.0\.0\.1\/callback$/],
  ["http://[0:0:0:0:0:0:0:1]/callback", /misspelt.*http:\/\/\[::1\]\/callback$/],
  ["https://ap%70.example/callback", /misspelt.*https:\/\/app\.example\/callback$/],
  ["https://ap\u200bp.example/callback", /misspelt.*https:\/\/app\.example\/callback$/],
  ["https://\uff41pp.example/callback", /misspelt.*https:\/\/app\.example\/callback$/],
  ["https://localhost./callback", /127\.0\.0\.1/],
  ["http://localhost.:8888/callback", /127\.0\.0\.1:8888/],
  ["https://app.example/call\nback", /misspelt.*https:\/\/app\.example\/callback$/],
  ["http://127.0.0.1:8888/a, https://app.example/a", /more than one/],
  ["http://127.0.0.1:8888/a,https://app.example/a", /more than one/],
  ["/callback", /absolute/],
  ["", /absolute/],
  [" https://app.example/callback", /absolute/]
]

describe("RedirectUri", () => {
  for (const uri of accepted) {
    it(`accepts ${uri}`, () => {
      assert.deepStrictEqual(RedirectUri.validate(uri), Either.right(uri))
    })
  }

  for (const [uri, remedy] of refused) {
    it(`refuses ${JSON.stringify(uri)} with the remedy`, () => {
      const result = RedirectUri.validate(uri)
      assert.isTrue(Either.isLeft(result))
      assert.match(Either.isLeft(result) ? result.left : "", remedy)
    })
  }
})
