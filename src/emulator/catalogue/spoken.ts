import { between, idOf } from "./base62.js"
import { elsewhere } from "./music.js"
import type { Audiobook, Chapter, Episode, Show } from "./model.js"

interface ShowPlan {
  readonly name: string
  readonly publisher: string
  readonly description: string
  readonly language: string
  readonly episodes: number
}

const showPlans: ReadonlyArray<ShowPlan> = [
  {
    name: "Maps Nobody Asked For",
    publisher: "Small Rooms Radio",
    description: "Two cartographers argue about lines.",
    language: "en",
    episodes: 24
  },
  {
    name: "Havets ljud",
    publisher: "Kustradion",
    description: "Ljud från hamnar & fyrar.",
    language: "sv",
    episodes: 5
  }
]

const day = (index: number): string => {
  const month = String((index % 12) + 1).padStart(2, "0")
  return `${2025 - Math.floor(index / 12)}-${month}-${String((index % 27) + 1).padStart(2, "0")}`
}

const episodeOf = (show: ShowPlan, index: number): Episode => ({
  id: idOf(`episode:${show.name}/${index}`),
  name: `${show.name} #${show.episodes - index}`,
  showId: idOf(`show:${show.name}`),
  description: `${show.description} Part ${show.episodes - index}.`,
  releaseDate: day(index),
  durationMs: between(`duration:${show.name}/${index}`, 900_000, 4_200_000)
})

const episodesOf = (show: ShowPlan) =>
  Array.from({ length: show.episodes }, (_, index) => episodeOf(show, index))

/** The last episode of the first show, which is not licensed for Japan. */
const notForAll = idOf("episode:Maps Nobody Asked For/23")

export const episodes: ReadonlyArray<Episode> = showPlans
  .flatMap(episodesOf)
  .map((episode) => (episode.id === notForAll ? { ...episode, markets: elsewhere } : episode))

export const shows: ReadonlyArray<Show> = showPlans.map((show) => ({
  id: idOf(`show:${show.name}`),
  name: show.name,
  publisher: show.publisher,
  description: show.description,
  languages: [show.language],
  episodeIds: episodesOf(show).map((episode) => episode.id)
}))

const book = "The Lighthouse Ledger"

export const chapters: ReadonlyArray<Chapter> = Array.from({ length: 9 }, (_, index) => ({
  id: idOf(`chapter:${book}/${index}`),
  name: index === 0 ? "Opening Credits" : `Chapter ${index}`,
  audiobookId: idOf(`audiobook:${book}`),
  chapterNumber: index,
  releaseDate: "2022-10-04",
  durationMs: between(`duration:${book}/${index}`, 20_000, 2_700_000)
}))

export const audiobooks: ReadonlyArray<Audiobook> = [
  {
    id: idOf(`audiobook:${book}`),
    name: book,
    authors: ["Marit Ossendrijver"],
    narrators: ["Tobias Kell"],
    publisher: "Breakwater Books",
    description: "A keeper writes down every ship that does not come.",
    edition: "Unabridged",
    languages: ["en"],
    chapterIds: chapters.map((chapter) => chapter.id)
  }
]
