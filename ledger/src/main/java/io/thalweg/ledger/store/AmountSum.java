package io.thalweg.ledger.store;

import java.math.BigInteger;

/**
 * What the records of one ledger, code and kind in some minutes add up to.
 *
 * @param kind the flags pending (2), post (4) and void (8) that they all have
 * @param minute the first of the minutes, since 1970, of the timestamps
 * @param count how many they are
 * @param amount the sum of their amounts; may have more than 128 bits
 */
public record AmountSum(int ledger, int code, int kind, long minute, long count, BigInteger amount) {}
