/**
 * @since 0.1.0
 */

/**
 * Spotify on your machine, in process or on a port.
 *
 * @since 0.1.0
 * @category modules
 */
export * as SpotifyEmulator from "./emulator/SpotifyEmulator.js"

/**
 * The content of the emulated Spotify.
 *
 * @since 0.1.0
 * @category modules
 */
export * as Catalogue from "./emulator/Catalogue.js"

/**
 * Reads a catalogue of your own from JSON.
 *
 * @since 0.1.0
 * @category modules
 */
export * as CatalogueFile from "./emulator/catalogueFile.js"
