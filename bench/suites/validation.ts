// What it costs to know that an answer is valid, against JSON.parse of the same text.
import * as ParseResult from "effect/ParseResult"
import { all } from "../../src/client/api/endpoints.js"
import * as Validator from "../../src/client/decode/validator.js"
import { type Benchmark, cpuOf, median, ratioOf, round, type Row } from "../measure.js"
import * as Payloads from "../payloads.js"

const cases = [
  ["2KB", "tracks", "get", Payloads.track(1)],
  ["60KB", "albums", "get", Payloads.album],
  ["160KB", "library", "savedTracks", Payloads.savedTracks(0, 60, 60)]
] as const

const each = async (count: number, run: () => void) => {
  const { cpu } = await cpuOf(async () => {
    for (let index = 0; index < count; index++) run()
  })
  return cpu / count
}

export const benchmark: Benchmark = {
  name: "validation",
  title: "A value out of JSON.parse: is it valid?",
  run: async ({ quick }) => {
    const rows: Array<Row> = []
    for (const [size, group, method, value] of cases) {
      const endpoint = all.find((found) => found.group === group && found.name === method)
      if (endpoint === undefined) throw new Error(`no ${group}.${method}`)
      const text = JSON.stringify(value)
      const parsed: unknown = JSON.parse(text)
      const check = Validator.make(endpoint.success.ast)
      if (check(parsed) === Validator.Refused) throw new Error(`${group}.${method} refuses the payload`)
      const decode = ParseResult.decodeUnknownEither(endpoint.success)
      const count = Math.ceil((quick ? 1e6 : 8e6) / text.length)
      const [ours, parse, schema]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
      for (let turn = 0; turn < 11; turn++) {
        ours.push(await each(count * 4, () => void check(parsed)))
        parse.push(await each(count, () => void JSON.parse(text)))
        schema.push(await each(Math.ceil(count / 2), () => void decode(parsed)))
      }
      rows.push({
        name: `validation/${size}`,
        unit: "µs CPU",
        ours: round(median(ours)),
        peers: { "JSON.parse": round(median(parse)), "Schema.decodeUnknown": round(median(schema)) },
        floor: null,
        ratio: round(ratioOf(ours, parse), 3),
        goal: "<= 0.2 of JSON.parse"
      })
    }
    return rows
  }
}
