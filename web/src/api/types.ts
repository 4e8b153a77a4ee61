/** What an operation answers with. */
export type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never

/** What an operation is sent. */
export type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never

/** One of what an operation lists. */
export type Items<O> = O extends { responses: { 200: { content: { 'application/json': (infer A)[] } } } } ? A : never

/** What an operation is asked by in its address. */
export type Query<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never
