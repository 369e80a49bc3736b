/** Names of those who did something. */

/** A person's name; what the program did by itself is said in the reader's language. */
export const actorName = (name: string, t: (key: string) => string): string => (name === 'system' ? t('system') : name)
