/** A status that the API document lists because that of 1.8.26 did, although no request leads to it. */
export interface NeverAnswered {
  operation: string
  status: number
  because: string
}

export const neverAnswered: readonly NeverAnswered[] = [
  {
    operation: 'postV1Sessions',
    status: 404,
    because: 'An unknown e-mail and an unknown application are 401, in the original too',
  },
  {
    operation: 'postV1SecurityResetPassword',
    status: 422,
    because: 'A request for a mail is refused for a missing e-mail (400) or an unknown one (404), in the original too',
  },
  {
    operation: 'postV1Phones',
    status: 404,
    because: 'A number that is added need not be there yet',
  },
  {
    operation: 'postV1Phones',
    status: 422,
    because: 'A number that cannot be saved is refused before, with 400',
  },
  {
    operation: 'postV1PhonesSendCode',
    status: 422,
    because: 'A number that cannot be saved is refused before, with 400',
  },
]
