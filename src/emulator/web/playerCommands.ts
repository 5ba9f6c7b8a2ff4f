import * as Effect from "effect/Effect"
import { idOf } from "../catalogue/base62.js"
import type { ApiError } from "./apiError.js"
import { notFound, refuse, refusePlayer } from "./apiError.js"
import type { Answer, Call, Reply, Route } from "./call.js"
import { account, bodyObject, empty, isTexts } from "./call.js"
import type { Player, Repeat } from "./playback.js"
import * as Playback from "./playback.js"
import * as PlayerState from "./playerState.js"

const restricted = refusePlayer(403, "Restriction violated", "UNKNOWN")

const noDevice = refusePlayer(404, "No active device found", "NO_ACTIVE_DEVICE")

const noItem = refusePlayer(404, "The requested track does not exist", "NO_SPECIFIC_TRACK")

const premiumRequired = refusePlayer(403, "Premium required", "PREMIUM_REQUIRED")

const noVolume = refusePlayer(403, "Cannot control device volume", "VOLUME_CONTROL_DISALLOW")

const done = (call: Call, userId: string): Reply => {
  switch (call.habits.playerAnswer) {
    case "text":
      return { status: 200, text: idOf(`answer:${userId}/${call.now}/${call.request.url}`) }
    case "accepted":
      return empty(202)
    case "no content":
      return empty(204)
  }
}

/** The index of the device with this id, if an app can control it. */
const placeOf = (player: Player, id: string): Effect.Effect<number, ApiError> => {
  const place = player.devices.findIndex((device) => device.id === id)
  return place < 0
    ? Effect.fail(refuse(404, "Device not found"))
    : player.devices[place]?.restricted === true
      ? Effect.fail(restricted)
      : Effect.succeed(place)
}

/** The device for a command: the one in its parameter, or else the active one. */
const target = (call: Call, player: Player): Effect.Effect<number, ApiError> => {
  const id = call.query.get("device_id")
  return id !== null
    ? placeOf(player, id)
    : player.active === undefined
      ? Effect.fail(noDevice)
      : Effect.succeed(player.active)
}

interface Command {
  readonly call: Call
  readonly userId: string
  readonly durationOf: Playback.DurationOf
}

/** A command of a user with Premium. It gives the new state of the player, or an error. */
const commanding =
  (run: (player: Player, command: Command) => Effect.Effect<Player, ApiError>) =>
  (call: Call): Answer =>
    Effect.gen(function* () {
      const { user } = yield* account(call)
      if (user.product !== "premium") {
        return yield* premiumRequired
      }
      const player = PlayerState.current(call, user.id)
      const command = { call, userId: user.id, durationOf: PlayerState.durations(call) }
      const after = yield* run(player, command)
      return yield* Effect.sync(() => {
        PlayerState.keep(call, user.id, player, after)
        return done(call, user.id)
      })
    })

/** A command for one device, which becomes the active one. */
const onDevice = (run: (player: Player, command: Command) => Effect.Effect<Player, ApiError>) =>
  commanding((player, command) =>
    Effect.flatMap(target(command.call, player), (active) => run({ ...player, active }, command))
  )

const orRestricted = (player: Player | undefined): Effect.Effect<Player, ApiError> =>
  player === undefined ? Effect.fail(restricted) : Effect.succeed(player)

type Body = Readonly<Record<string, unknown>>

const isWhole = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0

interface Program {
  readonly contextUri: string | undefined
  readonly uris: ReadonlyArray<string>
}

/** What the body asks to play; undefined if it asks for nothing, which means to resume. */
const programOf = (body: Body, command: Command): Effect.Effect<Program | undefined, ApiError> =>
  Effect.gen(function* () {
    const { context_uri: contextUri, uris } = body
    if (contextUri !== undefined && uris !== undefined) {
      return yield* refuse(400, "Only one of context_uri and uris may be given")
    }
    if (uris !== undefined) {
      if (!isTexts(uris) || uris.length === 0) {
        return yield* refuse(400, "Missing required field: uris")
      }
      const bad = uris.find((uri) => !PlayerState.isPlayable(command.call.state, uri))
      return bad === undefined
        ? { contextUri: undefined, uris }
        : yield* refuse(400, `Invalid track uri: ${bad}`)
    }
    if (contextUri === undefined) {
      return undefined
    }
    if (typeof contextUri !== "string" || !contextUri.startsWith("spotify:")) {
      return yield* refuse(400, "Invalid context uri")
    }
    const items = PlayerState.contextItems(command.call.state, command.userId, contextUri)
    return items === undefined || items.length === 0 ? yield* notFound : { contextUri, uris: items }
  })

const noPlace: number | undefined = undefined

/** The index that `offset` names. */
const placeIn = (program: Program, offset: unknown): Effect.Effect<number | undefined, ApiError> => {
  if (offset === undefined || offset === null) {
    return Effect.succeed(noPlace)
  }
  if (typeof offset !== "object") {
    return Effect.fail(refuse(400, "Invalid offset"))
  }
  if (program.contextUri?.startsWith("spotify:artist:") === true) {
    return Effect.fail(refuse(400, "Can't have offset for context type: ARTIST"))
  }
  if ("uri" in offset) {
    const place = program.uris.findIndex((uri) => uri === offset.uri)
    return place < 0 ? Effect.fail(noItem) : Effect.succeed(place)
  }
  if ("position" in offset && isWhole(offset.position)) {
    return offset.position < program.uris.length ? Effect.succeed(offset.position) : Effect.fail(noItem)
  }
  return Effect.fail(refuse(400, "Invalid offset"))
}

const play = onDevice((player, command) =>
  Effect.gen(function* () {
    const { call, durationOf } = command
    const body = yield* bodyObject(call)
    const position = body["position_ms"] ?? 0
    if (!isWhole(position)) {
      return yield* refuse(400, "Invalid position_ms")
    }
    const program = yield* programOf(body, command)
    if (program === undefined) {
      return player.playback === undefined || player.playback.isPlaying
        ? yield* restricted
        : Playback.move(player, call.now, durationOf, {
            isPlaying: true,
            ...(position > 0 ? { position } : {})
          })
    }
    const place = yield* placeIn(program, body["offset"])
    return Playback.start(player, call.now, { ...program, place, position })
  })
)

const pause = onDevice((player, { call, durationOf }) =>
  player.playback?.isPlaying === true
    ? Effect.succeed(Playback.move(player, call.now, durationOf, { isPlaying: false }))
    : Effect.fail(restricted)
)

const next = onDevice((player, { call }) => orRestricted(Playback.next(player, call.now)))

const previous = onDevice((player, { call }) => orRestricted(Playback.previous(player, call.now)))

const numberOf = (call: Call, name: string, high: number): Effect.Effect<number, ApiError> => {
  const text = call.query.get(name)
  return text === null
    ? Effect.fail(refuse(400, `Missing required field: ${name}`))
    : /^\d{1,12}$/.test(text) && Number(text) <= high
      ? Effect.succeed(Number(text))
      : Effect.fail(refuse(400, `Invalid ${name}`))
}

const seek = onDevice((player, { call, durationOf }) =>
  Effect.gen(function* () {
    const position = yield* numberOf(call, "position_ms", Number.MAX_SAFE_INTEGER)
    if (player.playback === undefined) {
      return yield* restricted
    }
    // A position past the end starts the next item
    return position < durationOf(player.playback.uri)
      ? Playback.move(player, call.now, durationOf, { position })
      : yield* orRestricted(Playback.next(player, call.now))
  })
)

const isRepeat = (text: string | null): text is Repeat =>
  text === "off" || text === "track" || text === "context"

const stateOf = (call: Call): Effect.Effect<string, ApiError> => {
  const text = call.query.get("state")
  return text === null ? Effect.fail(refuse(400, "Missing required field: state")) : Effect.succeed(text)
}

const repeat = onDevice((player, { call }) =>
  Effect.flatMap(stateOf(call), (state) =>
    isRepeat(state) ? Effect.succeed({ ...player, repeat: state }) : Effect.fail(refuse(400, "Invalid state"))
  )
)

const shuffle = onDevice((player, { call }) =>
  Effect.flatMap(stateOf(call), (state) =>
    state === "true" || state === "false"
      ? Effect.succeed(Playback.setShuffle(player, call.now, state === "true"))
      : Effect.fail(refuse(400, "Invalid state"))
  )
)

const volume = commanding((player, { call }) =>
  Effect.gen(function* () {
    const percent = yield* numberOf(call, "volume_percent", 100)
    // Setting the volume of another device does not make it the active one
    const place = yield* target(call, player)
    const device = player.devices[place]
    if (device === undefined || device.volume === null) {
      return yield* noVolume
    }
    return {
      ...player,
      devices: player.devices.map((each) => (each === device ? { ...device, volume: percent } : each))
    }
  })
)

const transfer = commanding((player, { call, durationOf }) =>
  Effect.gen(function* () {
    const { device_ids: ids, play } = yield* bodyObject(call)
    if (!isTexts(ids) || ids.length === 0) {
      return yield* refuse(400, "Missing required field: device_ids")
    }
    if (ids.length > 1) {
      return yield* refuse(400, "Only one device_id may be given")
    }
    const active = yield* placeOf(player, ids[0] ?? "")
    const moved = { ...player, active }
    return play === true ? Playback.move(moved, call.now, durationOf, { isPlaying: true }) : moved
  })
)

const enqueue = onDevice((player, { call }) =>
  Effect.gen(function* () {
    const uri = call.query.get("uri")
    if (uri === null) {
      return yield* refuse(400, "Missing required field: uri")
    }
    if (!PlayerState.isPlayable(call.state, uri)) {
      return yield* refuse(400, `Invalid track uri: ${uri}`)
    }
    return { ...player, queue: [...player.queue, uri] }
  })
)

const command = (method: "PUT" | "POST", path: string, handle: Route["handle"]): Route => ({
  method,
  path: `/me/player${path}`,
  scopes: ["user-modify-playback-state"],
  handle
})

export const routes: ReadonlyArray<Route> = [
  command("PUT", "", transfer),
  command("PUT", "/play", play),
  command("PUT", "/pause", pause),
  command("POST", "/next", next),
  command("POST", "/previous", previous),
  command("PUT", "/seek", seek),
  command("PUT", "/repeat", repeat),
  command("PUT", "/shuffle", shuffle),
  command("PUT", "/volume", volume),
  command("POST", "/queue", enqueue)
]
