/**
 * Reminders for users whose login ends: Spotify ends every authorization six months after the user's consent.
 * A mail goes out 30 days and 7 days before, and pages show a banner for the last 30 days. Users who come back
 * are noticed by the event of their next refresh. Users who stay away have no refresh, so a look at all sessions
 * once a day finds them.
 *
 *     npx tsx examples/login-reminders.ts
 *
 * It runs over the emulator and a test clock, so that nobody waits six months.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Session, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { SignIn, SpotifyEmulator } from "effect-spotify/testing"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"

// --- What the app has: its users, and a way to send mail ---

class Mailer extends Context.Tag("Mailer")<
  Mailer,
  {
    readonly send: (mail: {
      readonly to: string
      readonly subject: string
      readonly text: string
    }) => Effect.Effect<void>
  }
>() {}

/** A table of the database in a real app. `remindedOf` is the end that the last mail was about, and how long before. */
const users = new Map([
  [Session.SessionKey("anna"), { mail: "anna@example.org", remindedOf: "" }],
  [Session.SessionKey("ben"), { mail: "ben@example.org", remindedOf: "" }]
])

// --- The reminders ---

type Days = 30 | 7

/** One mail for each end and notice, whoever finds it first. */
const remind = (key: Session.SessionKey, by: DateTime.Utc, days: Days) =>
  Effect.gen(function* () {
    const user = users.get(key)
    const notice = `${days} days before ${DateTime.formatIsoDate(by)}`
    if (user === undefined || user.remindedOf === notice) {
      return
    }
    // Before the mail is sent: a mail too few is better than one each day
    users.set(key, { ...user, remindedOf: notice })
    const mailer = yield* Mailer
    yield* mailer.send({
      to: user.mail,
      subject: "Please connect Spotify again",
      text: `Spotify ends the connection on ${DateTime.formatIsoDate(by)}. Log in once before, and all stays as it is.`
    })
  })

/** For users who come back: the event comes with the refresh of their token. */
const onEvents = Effect.gen(function* () {
  const sessions = yield* SessionService.SessionService
  yield* Stream.runForEach(sessions.events, (event) =>
    event._tag === "ReauthorizationDue" ? remind(event.key, event.by, event.days) : Effect.void
  )
})

const daysUntil = (by: DateTime.Utc) =>
  Effect.map(Clock.currentTimeMillis, (now) => (by.epochMillis - now) / 86_400_000)

/** For users who stay away. It reads the store and asks Spotify nothing. */
const look = Effect.forEach(
  // Read anew at each look
  { [Symbol.iterator]: () => users.keys() },
  (key) =>
    Effect.gen(function* () {
      const sessions = yield* SessionService.SessionService
      const session = yield* sessions.session
      if (session._tag === "ExpiresSoon") {
        const by = session.reauthorizeBy.value
        yield* remind(key, by, (yield* daysUntil(by)) > 7 ? 30 : 7)
      }
    }).pipe(
      SessionService.withSession(key),
      Effect.catchAll((error) => Console.error(error.message))
    ),
  { discard: true }
)

/** The banner of a page, if the user should log in again. A real app renders it into its layout. */
const banner = (key: Session.SessionKey) =>
  SessionService.SessionService.use(({ session }) => session).pipe(
    SessionService.withSession(key),
    Effect.map((session) =>
      session._tag === "ExpiresSoon"
        ? Option.some(
            `<p role="status">Your Spotify login ends on ${DateTime.formatIsoDate(session.reauthorizeBy.value)}. <a href="/auth/login">Log in again</a></p>`
          )
        : session._tag === "Rejected"
          ? Option.some(
              `<p role="alert">Your Spotify login has ended. <a href="/auth/login">Log in again</a></p>`
            )
          : Option.none()
    )
  )

// --- Six months of it, on the days that matter: Anna comes to the page, Ben stays away ---

const MailerLayer = Layer.succeed(Mailer, {
  send: ({ subject, to }) =>
    Effect.flatMap(DateTime.now, (now) =>
      Console.log(`  ${DateTime.formatIsoDate(now)}: mail to ${to}: ${subject}`)
    )
})

const AppLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(SpotifyEmulator.layer())
)

const anna = Session.SessionKey("anna")
const ben = Session.SessionKey("ben")

const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  yield* TestClock.setTime(Date.parse("2026-06-18T12:00:00Z"))
  yield* SessionService.withSession(SignIn.signIn({ user: "premium-listener" }), anna)
  yield* SessionService.withSession(SignIn.signIn({ user: "free-listener" }), ben)
  yield* Effect.fork(onEvents)
  let day = 0
  for (const next of [150, 154, 155, 160, 177, 178, 184]) {
    yield* TestClock.adjust(`${next - day} days`)
    day = next
    yield* Console.log(`day ${day}`)
    yield* SessionService.withSession(spotify.me.profile, anna).pipe(Effect.ignore)
    yield* look
    const shown = yield* banner(anna)
    yield* Console.log(`  Anna's page: ${Option.getOrElse(shown, () => "no banner")}`)
  }
})

program.pipe(
  Effect.provide([AppLayer, MailerLayer]),
  Effect.provide(TestContext.TestContext),
  NodeRuntime.runMain
)
