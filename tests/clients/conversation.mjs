// How a script speaks with the test that runs it: one JSON value a line, both ways.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Read what the test says next. */
export async function hear() {
  const { value, done } = await lines.next()
  if (done) throw new Error('the test has gone')
  return JSON.parse(value)
}

/** Say something to the test. */
export function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Import a client's private key, as its registered algorithm needs it. */
export function signingKey(jwk) {
  const algorithm =
    jwk.kty === 'RSA'
      ? { name: 'RSA-PSS', hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: jwk.crv }
  return crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
}

/** Return the error code of what is expected to be refused. */
export async function refusalOf(promise) {
  try {
    await promise
  } catch (error) {
    const challenge = error.cause?.[0]?.parameters?.error
    return challenge ?? error.error ?? error.code ?? String(error)
  }
  return 'not refused'
}
