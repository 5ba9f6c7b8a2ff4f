import { useState } from "react"

interface Image {
  readonly url: string
  readonly width?: number | null | undefined
}

/** The smallest image that is sharp enough; Spotify does not always give sizes. */
const choose = (images: ReadonlyArray<Image>, width: number): string | undefined =>
  ([...images].reverse().find((image) => (image.width ?? 0) >= width) ?? images[0])?.url

const hueOf = (name: string): number =>
  [...name].reduce((hue, character) => (hue * 31 + (character.codePointAt(0) ?? 0)) % 360, 7)

/** A cover or a face; a coloured tile with the first letter where there is none. */
export const Picture = (props: {
  readonly images: ReadonlyArray<Image>
  readonly name: string
  readonly className: string
  readonly width?: number
}) => {
  const [broken, setBroken] = useState<string>()
  const url = choose(props.images, props.width ?? 160)
  if (url === undefined || url === broken) {
    const hue = hueOf(props.name)
    const background = `linear-gradient(135deg, hsl(${hue} 55% 42%), hsl(${(hue + 50) % 360} 60% 24%))`
    return (
      <span className={`picture ${props.className}`} style={{ background }} aria-hidden="true">
        {[...props.name][0]?.toUpperCase() ?? "♪"}
      </span>
    )
  }
  return (
    <img
      className={`picture ${props.className}`}
      src={url}
      alt=""
      onError={() => setBroken(url)}
      loading="lazy"
    />
  )
}
