/** 256 KiB: the most a body without a file may have. The largest that anything takes, metadata of 64 KiB, fits in every form, however it is escaped. */
export const BODY_LIMIT = 256 * 1024
/** Values that a body may have; nothing takes as many. */
export const MAX_VALUES = 10_000
