/**
 * Tests that wait for nothing follow one another within one turn of the event loop. Hundreds of them in a row would
 * keep the process from reading what the runner answers, and the runner gives up on a process after a minute.
 */
import { afterEach } from "vitest"
import { turned } from "./eventLoop.js"

afterEach(turned)
