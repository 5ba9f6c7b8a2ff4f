/**
 * What a login, a refresh and a paged read look like in a tracing system: spans for each call and each
 * request of it, with route templates and never an address, a token or a body, and the metrics.
 *
 *     npx tsx examples/telemetry.ts
 *
 * Spans and metrics are kept in memory and printed here. In your program give `NodeSdk.layer` the exporters of
 * your system, such as `@opentelemetry/exporter-trace-otlp-http`; the rest stays as it is.
 */
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { NodeRuntime } from "@effect/platform-node"
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { LoginService, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"

const login = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const service = yield* LoginService.LoginService
  const { state, url } = yield* service.begin({ scopes: ["user-library-read"] })
  yield* service.complete(yield* emulator.visit(url), { state })
}).pipe(Effect.withSpan("log in"))

const refresh = Effect.gen(function* () {
  const session = yield* SessionService.SessionService
  yield* session.refresh
}).pipe(Effect.withSpan("refresh"))

const savedTracks = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const spotify = yield* SpotifyClient.SpotifyClient
  // One attempt of the read fails, so that the trace shows the next one
  yield* emulator.controls.failNext({ status: 503 })
  yield* Stream.runDrain(Stream.take(spotify.library.savedTracks(), 60))
}).pipe(Effect.withSpan("read saved tracks"))

const program = Effect.all([login, refresh, savedTracks], { discard: true })

const exporter = new InMemorySpanExporter()

const TelemetryLayer = NodeSdk.layer(() => ({
  resource: { serviceName: "effect-spotify-example" },
  spanProcessor: new SimpleSpanProcessor(exporter)
}))

const SpotifyLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(SpotifyEmulator.layer())
)

const milliseconds = ({ duration: [seconds, nanos] }: ReadableSpan) =>
  (seconds * 1000 + nanos / 1e6).toFixed(1).padStart(7)

const tree = (spans: ReadonlyArray<ReadableSpan>, parent: string | undefined, depth: number): string =>
  spans
    .filter((span) => span.parentSpanContext?.spanId === parent)
    .map((span) => {
      const attributes = Object.entries(span.attributes)
        .filter(([name]) => /^(spotify|http)\./.test(name) && name !== "http.route")
        .map(([name, value]) => `${name}=${value}`)
      const line = `${milliseconds(span)} ms  ${"  ".repeat(depth)}${span.name}  ${attributes.join(" ")}`
      return `${line}\n${tree(spans, span.spanContext().spanId, depth + 1)}`
    })
    .join("")

const metrics = Effect.map(Metric.snapshot, (pairs) =>
  pairs
    .filter(({ metricKey }) => metricKey.name.startsWith("spotify_"))
    .flatMap(({ metricKey, metricState }) =>
      "count" in metricState
        ? [
            `${metricKey.name} ${metricKey.tags.map(({ key, value }) => `${key}=${value}`).join(" ")} ${metricState.count}`
          ]
        : []
    )
    .sort()
    .join("\n")
)

program.pipe(
  Effect.zipRight(Effect.suspend(() => Console.log(tree(exporter.getFinishedSpans(), undefined, 0)))),
  Effect.zipRight(Effect.flatMap(metrics, Console.log)),
  Effect.provide(SpotifyLayer),
  Effect.provide(TelemetryLayer),
  NodeRuntime.runMain
)
