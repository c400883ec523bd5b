package io.thalweg.ledger.store;

import java.math.BigInteger;

/**
 * What the records of one ledger and code in one minute add up to.
 *
 * @param minute minutes since 1970, of the timestamp
 * @param count how many they are
 * @param amount the sum of their amounts; may have more than 128 bits
 */
public record MinuteSum(int ledger, int code, long minute, long count, BigInteger amount) {}
