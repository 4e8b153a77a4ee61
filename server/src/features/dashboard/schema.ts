import { Type } from 'typebox'

export const DashboardQuery = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, description: 'Today included. Default: 14' })),
})

export const DashboardView = Type.Object(
  {
    days: Type.Array(
      Type.Object({
        day: Type.String({ description: 'In UTC' }),
        sign_ups: Type.Integer(),
        sign_ins: Type.Integer(),
        failures: Type.Integer({ description: 'Sign-ins that were refused' }),
        review_seconds: Type.Union([Type.Integer(), Type.Null()], {
          description: 'Median of the day from handing in to the decision; null where nothing was decided and timed',
        }),
      }),
    ),
    reviews: Type.Object({
      decided: Type.Integer(),
      approved: Type.Integer(),
      rejected: Type.Integer(),
      more_requested: Type.Integer(),
      timed: Type.Integer({ description: 'How many of them, the latest ones, all times here are taken from' }),
      median_seconds: Type.Union([Type.Integer(), Type.Null()], { description: 'From handing in to the decision' }),
      slowest_tenth_seconds: Type.Union([Type.Integer(), Type.Null()], { description: 'A tenth waited longer' }),
    }),
    levels: Type.Array(Type.Object({ level: Type.Integer(), accounts: Type.Integer() }), {
      description: 'How many accounts are on each level',
    }),
  },
  { title: 'Dashboard' },
)
