/** An object in the making. What does not apply to it is left out of it, not undefined. */
export type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
