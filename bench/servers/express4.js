import express from 'express4'
import { expressKinds } from './express-kinds.js'

export const { lean, usual, ours } = expressKinds(express)
