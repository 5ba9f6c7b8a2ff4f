import type * as Model from "../catalogue/model.js"
import { coverOf } from "../state.js"
import { markets } from "./markets.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import { extendedOnly, identity, isHeard, known } from "./shape.js"

const paragraph = (text: string): string => `<p>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`

/** Unlike music, shows, episodes and audiobooks list their markets even if the call names one. */
const available = (shape: Shape, thing: { readonly markets?: ReadonlyArray<string> | undefined }): Json =>
  extendedOnly(shape, { available_markets: thing.markets ?? markets })

const resumePoint = (shape: Shape): Json =>
  shape.position ? { resume_point: { fully_played: false, resume_position_ms: 0 } } : {}

const query = (shape: Shape): Record<string, string> =>
  shape.asked === undefined ? {} : { market: shape.asked }

const firstPage: Page.Window = { offset: 0, limit: 50 }

export const simpleShow = (shape: Shape, show: Model.Show): Json => ({
  ...identity(shape, "show", show.id),
  ...available(shape, show),
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

/** An episode for apps that only know tracks: its show is the album and its publisher the artist. */
export const episodeAsTrack = (shape: Shape, episode: Model.Episode): Json => {
  const show = shape.index.shows.get(episode.showId)
  const images = coverOf(episode.showId)
  const { external_urls, href, id, uri } = identity(shape, "show", episode.showId)
  return {
    ...identity(shape, "episode", episode.id),
    type: "track",
    album: {
      album_type: "album",
      artists: [],
      external_urls,
      href,
      id,
      images,
      name: show?.name ?? "",
      release_date: episode.releaseDate,
      release_date_precision: "day",
      total_tracks: show?.episodeIds.length ?? 0,
      type: "album",
      uri,
      ...extendedOnly(shape, { available_markets: [] })
    },
    artists: [{ external_urls, href, id, name: show?.publisher ?? "", type: "artist", uri }],
    disc_number: 0,
    duration_ms: episode.durationMs,
    explicit: false,
    external_ids: {},
    is_local: false,
    name: episode.name,
    preview_url: null,
    track_number: 0,
    ...extendedOnly(shape, { available_markets: [], popularity: 0 })
  }
}

export const showEpisodes = (shape: Shape, show: Model.Show, window: Page.Window): Page.Page =>
  Page.make({
    apiUrl: shape.apiUrl,
    path: `/shows/${show.id}/episodes`,
    query: query(shape),
    window,
    all: known(shape.index.episodes, show.episodeIds).filter(
      (episode) => shape.habits.nullsInPages || isHeard(shape, episode)
    ),
    render: (episode) => (isHeard(shape, episode) ? simpleEpisode(shape, episode) : null)
  })

export const show = (shape: Shape, show: Model.Show): Json => ({
  ...simpleShow(shape, show),
  episodes: showEpisodes(shape, show, firstPage)
})

export const simpleChapter = (shape: Shape, chapter: Model.Chapter): Json => ({
  ...identity(shape, "chapter", chapter.id, "episode"),
  ...(shape.habits.chapterType ? {} : { type: "episode" }),
  ...available(shape, shape.index.audiobooks.get(chapter.audiobookId) ?? {}),
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
  ...available(shape, book),
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
