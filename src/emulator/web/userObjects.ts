import type * as Model from "../catalogue/model.js"
import { coverOf } from "../state.js"
import type { Json, Shape } from "./shape.js"
import { extendedOnly, identity } from "./shape.js"

/** A user in a playlist entry. */
export const reference = (shape: Shape, userId: string): Json => identity(shape, "user", userId)

/** A user as the owner of a playlist. */
export const owner = (shape: Shape, userId: string): Json => ({
  ...reference(shape, userId),
  display_name: userId === "spotify" ? "Spotify" : (shape.index.users.get(userId)?.displayName ?? null)
})

export const publicProfile = (shape: Shape, user: Model.User): Json => ({
  ...owner(shape, user.id),
  followers: { href: null, total: user.followers },
  images: coverOf(user.id)
})

export const privateProfile = (
  shape: Shape,
  user: Model.User,
  scopes: { readonly email: boolean; readonly private: boolean }
): Json => ({
  ...owner(shape, user.id),
  account_id: user.accountId,
  images: coverOf(user.id),
  ...extendedOnly(shape, {
    followers: { href: null, total: user.followers },
    ...(scopes.email ? { email: user.email } : {}),
    ...(scopes.private
      ? {
          country: user.country,
          explicit_content: { filter_enabled: false, filter_locked: false },
          product: user.product
        }
      : {})
  })
})
