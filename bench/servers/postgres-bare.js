import { createHash } from 'node:crypto'
import pg from 'pg'
import { startBare } from './stored.js'

export async function start(codes) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  const table = `bare_${process.pid}`
  await pool.query(`CREATE TABLE ${table} (id text PRIMARY KEY, client text, status text, polled bigint, wait bigint)
    WITH (fillfactor = 50)`)
  const id = (code) => createHash('sha256').update(code).digest('base64url')
  const text = `UPDATE ${table} SET polled = $3 WHERE id = $1 AND client = $2 AND (polled IS NULL OR polled + wait <= $3)
    RETURNING status`
  return startBare(
    codes,
    (code) => pool.query(`INSERT INTO ${table} VALUES ($1, 'tv', 'pending', NULL, 4000)`, [id(code)]),
    async (code, clientId, now) =>
      (await pool.query({ name: 'poll', text, values: [id(code), clientId, now] })).rows[0]?.status === 'pending',
  )
}
