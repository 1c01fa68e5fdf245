// openid-client 6 as its documentation shows it: the FAPI 2.0 flow from discovery to revocation.
import * as client from 'openid-client'
import { hear, refusalOf, say, signingKey } from './conversation.mjs'

const given = await hear()
const key = { key: await signingKey(given.private_jwk), kid: given.private_jwk.kid }
const config = await client.discovery(
  new URL(given.issuer),
  given.client_id,
  { [client.clockSkew]: given.clock_skew },
  client.PrivateKeyJwt(key),
  { algorithm: given.discovery, execute: [client.allowInsecureRequests] },
)
client.enableNonRepudiationChecks(config)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(given.proof_algorithm))

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const redirectTo = await client.buildAuthorizationUrlWithPAR(
  config,
  {
    redirect_uri: given.redirect_uri,
    scope: given.scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  },
  { DPoP },
)
say({ authorization_url: redirectTo.href })

const callback = new URL((await hear()).callback_url)
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })

async function read(accessToken, path) {
  const url = new URL(`${given.api_base}${path}`)
  const response = await client.fetchProtectedResource(
    config, accessToken, url, 'GET', undefined, undefined, { DPoP },
  )
  return await response.json()
}

const { accounts } = await read(tokens.access_token, '/accounts')
const balance = await read(tokens.access_token, `/accounts/${accounts[0].id}/balance`)
const page = await read(tokens.access_token, `/accounts/${accounts[0].id}/transactions?limit=5`)

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const again = await read(refreshed.access_token, '/accounts')
const introspected = await client.tokenIntrospection(config, refreshed.access_token)
await client.tokenRevocation(config, refreshed.access_token)
const afterRevocation = await client.tokenIntrospection(config, refreshed.access_token)
const refused = await refusalOf(read(refreshed.access_token, '/accounts'))
await client.tokenRevocation(config, tokens.refresh_token)
const refreshRefused = await refusalOf(
  client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }),
)

say({
  token_type: tokens.token_type,
  scope: tokens.scope,
  claims,
  userinfo,
  accounts,
  balance,
  transactions: page.transactions,
  accounts_after_refresh: again.accounts,
  introspected,
  active_after_revocation: afterRevocation.active,
  refused,
  refresh_refused: refreshRefused,
})
process.exit(0)
