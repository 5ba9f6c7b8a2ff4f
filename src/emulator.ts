/**
 * @since 0.1.0
 */

/**
 * Spotify on your machine, in the process or on a port.
 *
 * @since 0.1.0
 * @category modules
 */
export * as SpotifyEmulator from "./emulator/SpotifyEmulator.js"

/**
 * What there is to find in the emulated Spotify.
 *
 * @since 0.1.0
 * @category modules
 */
export * as Catalogue from "./emulator/Catalogue.js"

/**
 * A catalogue of your own, from JSON.
 *
 * @since 0.1.0
 * @category modules
 */
export * as CatalogueFile from "./emulator/catalogueFile.js"
