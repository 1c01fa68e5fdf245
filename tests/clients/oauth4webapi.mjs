// oauth4webapi 3 as its documentation shows it: every message by hand, every check it can make.
import * as oauth from 'oauth4webapi'
import { hear, refusalOf, say, signingKey } from './conversation.mjs'

const given = await hear()
const plain = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(given.issuer)
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: given.discovery, ...plain }),
)
const client = { client_id: given.client_id, [oauth.clockSkew]: given.clock_skew }
const clientAuth = oauth.PrivateKeyJwt({
  key: await signingKey(given.private_jwk),
  kid: given.private_jwk.kid,
})
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(given.proof_algorithm))

/** Ask; where the answer is that a nonce is needed, ask once more: the handle has noted it. */
async function withNonce(ask, process) {
  try {
    return await process(await ask())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await process(await ask())
  }
}

const codeVerifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const parameters = new URLSearchParams({
  response_type: 'code',
  redirect_uri: given.redirect_uri,
  scope: given.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
const { request_uri } = await withNonce(
  () => oauth.pushedAuthorizationRequest(as, client, clientAuth, parameters, { DPoP, ...plain }),
  (response) => oauth.processPushedAuthorizationResponse(as, client, response),
)
const authorizationUrl = new URL(as.authorization_endpoint)
authorizationUrl.searchParams.set('client_id', client.client_id)
authorizationUrl.searchParams.set('request_uri', request_uri)
say({ authorization_url: authorizationUrl.href })

const callback = new URL((await hear()).callback_url)
const answer = oauth.validateAuthResponse(as, client, callback, state)
async function redeem() {
  return await oauth.authorizationCodeGrantRequest(
    as, client, clientAuth, answer, given.redirect_uri, codeVerifier, { DPoP, ...plain },
  )
}
const tokens = await withNonce(redeem, async (response) => {
  const result = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, response, plain)
  return result
})
const claims = oauth.getValidatedIdTokenClaims(tokens)

const userinfo = await withNonce(
  () => oauth.userInfoRequest(as, client, tokens.access_token, { DPoP, ...plain }),
  (response) => oauth.processUserInfoResponse(as, client, claims.sub, response),
)

let sent
async function read(accessToken, path) {
  const url = new URL(`${given.api_base}${path}`)
  const keepingWhatIsSent = (to, options) => {
    sent = new Request(to, options)
    return fetch(to, options)
  }
  return await withNonce(
    () =>
      oauth.protectedResourceRequest(accessToken, 'GET', url, undefined, undefined, {
        DPoP,
        [oauth.customFetch]: keepingWhatIsSent,
        ...plain,
      }),
    (response) => response.json(),
  )
}

const { accounts } = await read(tokens.access_token, '/accounts')
const balance = await read(tokens.access_token, `/accounts/${accounts[0].id}/balance`)
const page = await read(tokens.access_token, `/accounts/${accounts[0].id}/transactions?limit=5`)
// What another resource server can check of a JWT access token and its proof (RFC 9068, RFC 9449).
const audited = await oauth.validateJwtAccessToken(as, sent, given.api_base, {
  requireDPoP: true,
  [oauth.clockSkew]: given.clock_skew,
  ...plain,
})

const refreshed = await withNonce(
  () =>
    oauth.refreshTokenGrantRequest(as, client, clientAuth, tokens.refresh_token, {
      DPoP,
      ...plain,
    }),
  (response) => oauth.processRefreshTokenResponse(as, client, response),
)
const again = await read(refreshed.access_token, '/accounts')

async function introspect(token) {
  const response = await oauth.introspectionRequest(as, client, clientAuth, token, plain)
  return await oauth.processIntrospectionResponse(as, client, response)
}

const introspected = await introspect(refreshed.access_token)
// A second use of the code revokes all that the first one gave (RFC 6749 section 4.1.2).
const replayRefused = await refusalOf(
  withNonce(redeem, (response) => oauth.processAuthorizationCodeResponse(as, client, response)),
)
const afterReplay = await introspect(refreshed.access_token)
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, clientAuth, tokens.refresh_token, plain),
)

say({
  token_type: tokens.token_type,
  scope: tokens.scope,
  claims,
  userinfo,
  accounts,
  balance,
  transactions: page.transactions,
  audited,
  accounts_after_refresh: again.accounts,
  introspected,
  replay_refused: replayRefused,
  active_after_replay: afterReplay.active,
})
process.exit(0)
