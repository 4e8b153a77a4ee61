import { Type } from 'typebox'
import { text } from '../../platform/http/parameters.ts'

const phone_number = text('Phone Number', {
  description: 'Phone number with country code',
  examples: ['+4915112345678'],
})

export const PhoneNumber = Type.Object({ phone_number }, { title: 'PhoneNumber' })
export const PhoneCode = Type.Object(
  {
    phone_number,
    verification_code: text('Verification Code', { description: 'Verification code from sms' }),
  },
  { title: 'PhoneCode' },
)
