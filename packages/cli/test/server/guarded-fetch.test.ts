import { expect, it } from 'vitest'
import { isLoopback, isSafe } from '../../src/server/guarded-fetch.ts'

it.each([
  'http://localhost:3000',
  'http://a.localhost',
  'http://127.0.0.1',
  'http://127.9.9.9',
  'http://127.1',
  'http://[::1]:1',
])('%s is on this machine', (address) => {
  expect([isLoopback(address), isSafe(address, false)]).toEqual([true, true])
})

it.each([
  'http://127.example.com',
  'http://localhost.example.com',
  'http://notlocalhost',
  'http://0.0.0.0',
  'http://[::2]',
  '/x',
])('%s is elsewhere', (address) => {
  expect([isLoopback(address), isSafe(address, false)]).toEqual([false, false])
})

it('https is safe, and http on request; an address with a password is not', () => {
  expect([isSafe('https://a.example', false), isSafe('http://a.example', true)]).toEqual([true, true])
  expect([isSafe('https://ada:pw@a.example', true), isSafe('ftp://a.example', true)]).toEqual([false, false])
})
