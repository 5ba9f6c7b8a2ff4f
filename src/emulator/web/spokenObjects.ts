import type * as Model from "../catalogue/model.js"
import { coverOf } from "../state.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import { extendedOnly, identity, known } from "./shape.js"

const paragraph = (text: string): string => `<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`

/** Unlike music, spoken things name their markets even when the call names one. */
const markets = (shape: Shape): Json =>
  extendedOnly(shape, { available_markets: ["AU", "CA", "GB", "IE", "NZ", "US"] })

const resumePoint = (shape: Shape): Json =>
  shape.position ? { resume_point: { fully_played: false, resume_position_ms: 0 } } : {}

const query = (shape: Shape): Record<string, string> =>
  shape.market === undefined ? {} : { market: shape.market }

const firstPage: Page.Window = { offset: 0, limit: 50 }

export const simpleShow = (shape: Shape, show: Model.Show): Json => ({
  ...identity(shape, "show", show.id),
  ...markets(shape),
  copyrights: [],
  description: show.description,
  explicit: false,
  html_description: paragraph(show.description),
  images: coverOf(show.id),
  is_externally_hosted: false,
  languages: show.languages,
  media_type: "audio",
  name: show.name,
  ...extendedOnly(shape, { publisher: show.publisher }),
  total_episodes: show.episodeIds.length
})

export const simpleEpisode = (shape: Shape, episode: Model.Episode): Json => {
  const languages = shape.index.shows.get(episode.showId)?.languages ?? []
  return {
    ...identity(shape, "episode", episode.id),
    audio_preview_url: null,
    description: episode.description,
    duration_ms: episode.durationMs,
    explicit: false,
    html_description: paragraph(episode.description),
    images: coverOf(episode.id),
    is_externally_hosted: false,
    is_playable: true,
    language: languages.join(","),
    languages,
    name: episode.name,
    release_date: episode.releaseDate,
    release_date_precision: "day",
    ...resumePoint(shape)
  }
}

export const episode = (shape: Shape, episode: Model.Episode): Json => {
  const show = shape.index.shows.get(episode.showId)
  return { ...simpleEpisode(shape, episode), show: show === undefined ? null : simpleShow(shape, show) }
}

export const showEpisodes = (shape: Shape, show: Model.Show, window: Page.Window): Page.Page =>
  Page.make({
    apiUrl: shape.apiUrl,
    path: `/shows/${show.id}/episodes`,
    query: query(shape),
    window,
    all: known(shape.index.episodes, show.episodeIds),
    render: (episode) => simpleEpisode(shape, episode)
  })

export const show = (shape: Shape, show: Model.Show): Json => ({
  ...simpleShow(shape, show),
  episodes: showEpisodes(shape, show, firstPage)
})

export const simpleChapter = (shape: Shape, chapter: Model.Chapter): Json => ({
  ...identity(shape, "chapter", chapter.id, "episode"),
  ...markets(shape),
  audio_preview_url: null,
  chapter_number: chapter.chapterNumber,
  description: "",
  duration_ms: chapter.durationMs,
  explicit: false,
  html_description: "",
  images: coverOf(chapter.audiobookId),
  is_playable: true,
  languages: ["en"],
  name: chapter.name,
  release_date: chapter.releaseDate,
  release_date_precision: "day",
  ...resumePoint(shape)
})

export const simpleAudiobook = (shape: Shape, book: Model.Audiobook): Json => ({
  ...identity(shape, "audiobook", book.id, "show"),
  ...markets(shape),
  authors: book.authors.map((name) => ({ name })),
  copyrights: [{ text: book.publisher, type: "C" }],
  description: book.description,
  edition: book.edition,
  explicit: false,
  html_description: paragraph(book.description),
  images: coverOf(book.id),
  is_externally_hosted: false,
  languages: book.languages,
  media_type: "audio",
  name: book.name,
  narrators: book.narrators.map((name) => ({ name })),
  ...extendedOnly(shape, { publisher: book.publisher }),
  total_chapters: book.chapterIds.length
})

export const audiobookChapters = (shape: Shape, book: Model.Audiobook, window: Page.Window): Page.Page =>
  Page.make({
    apiUrl: shape.apiUrl,
    path: `/audiobooks/${book.id}/chapters`,
    query: query(shape),
    window,
    all: known(shape.index.chapters, book.chapterIds),
    render: (chapter) => simpleChapter(shape, chapter)
  })

export const audiobook = (shape: Shape, book: Model.Audiobook): Json => ({
  ...simpleAudiobook(shape, book),
  chapters: audiobookChapters(shape, book, firstPage)
})

export const chapter = (shape: Shape, chapter: Model.Chapter): Json => {
  const book = shape.index.audiobooks.get(chapter.audiobookId)
  return {
    ...simpleChapter(shape, chapter),
    audiobook: book === undefined ? null : simpleAudiobook(shape, book)
  }
}
