package io.thalweg.ledger.query;

import java.math.BigInteger;

/**
 * What the transfers of one ledger, code and kind in some time add up to. Expiries are not among them.
 *
 * @param ledger u32
 * @param start of the time, ns since 1970: a multiple of the asked length, even if the asked range begins later
 * @param count how many transfers there are, at least 1
 * @param amount the sum of their amounts; may have more than 128 bits
 */
public record TransferSum(int ledger, int code, TransferKind kind, long start, long count, BigInteger amount) {}
