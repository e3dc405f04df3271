import { OperatorError } from '../operator-error.ts';

/**
 * A secret cannot be encrypted or decrypted now: the key is missing, unreadable or another one, or the stored value was
 * altered. The message is the reason, for operators; it holds neither a key nor a secret. What needs the secret pauses
 * with this reason; everything else goes on.
 */
export class SecretUnavailable extends OperatorError {}
