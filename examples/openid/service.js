// @ts-check
/** A second service. It knows the issuer, and nothing else of the server: no secret, no database. */
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const issuer = process.env.ISSUER ?? 'http://localhost:3000/oauth'
const port = Number(process.env.PORT ?? 3001)

const metadata = await fetch(`${issuer}/.well-known/openid-configuration`)
const { jwks_uri } = Object(await metadata.json())
const keys = createRemoteJWKSet(new URL(jwks_uri))

/** Verifies the id_token in the body, and answers with its claims. */
const server = createServer(async (request, response) => {
  try {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const idToken = Buffer.concat(chunks).toString()
    const { payload } = await jwtVerify(idToken, keys, { issuer, audience: 'tv', typ: 'JWT' })
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(payload))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: reason }))
  }
})
server.listen(port, 'localhost', () =>
  console.log(`Send an id_token: curl --data-binary "$ID_TOKEN" http://localhost:${port}`),
)
process.once('SIGTERM', () => server.close())
