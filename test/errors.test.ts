import { expect, test } from '@jest/globals'
import { Interrupted, UserError } from '../src/errors.js'

test('errors keep their kind and message', () => {
  expect(new UserError('no module')).toMatchObject({ name: 'UserError', message: 'no module' })
  expect(new Interrupted()).toBeInstanceOf(Error)
})
