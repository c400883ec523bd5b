package io.thalweg.ledger.model.random;

import io.thalweg.ledger.model.U128;
import java.math.BigInteger;

/** The small sets of values that a run's accounts, transfers and queries are made of, so that they meet often. */
final class Domains {
    private static final int HUGE_ACCOUNTS = 4;

    private final Dice dice;
    private final Profile profile;

    Domains(Dice dice, Profile profile) {
        this.dice = dice;
        this.profile = profile;
    }

    BigInteger accountId() {
        return accountId(accountIndex());
    }

    /** An account's number; one in ten is of an account that does not exist at first. */
    int accountIndex() {
        return dice.chance(0.1) ? newAccountIndex() : dice.below(profile.accountIds());
    }

    int newAccountIndex() {
        return dice.below(4 * profile.accountIds());
    }

    /** The ledger that an account is mostly created in. */
    int ledger(int account) {
        return dice.chance(0.01) ? dice.between(1, 3) : 1 + account % profile.ledgers();
    }

    /** Mostly another account of the same ledger. */
    int otherAccountIndex(int account) {
        if (dice.chance(0.02)) {
            return accountIndex();
        }
        int count = profile.accountIds() / profile.ledgers();
        int step = profile.ledgers() * dice.between(1, Math.max(1, count - 1));
        return (account + step) % Math.max(profile.accountIds(), account + 1);
    }

    /** Ids that differ in their low half only, in their high half only, or in both. */
    BigInteger accountId(int i) {
        return switch (i % 3) {
            case 0 -> U128.of(1 + i);
            case 1 -> U128.of(1 + i, 0);
            default -> U128.of(Long.MIN_VALUE + i, -1L - i);
        };
    }

    int hugeAccountIndex() {
        return dice.below(HUGE_ACCOUNTS);
    }

    BigInteger amount() {
        return switch (dice.below(8)) {
            case 0 -> U128.ZERO;
            case 1 -> U128.of(dice.between(0L, 1_000_000_000_000L));
            case 2 -> U128.of(dice.between(0L, 10_000L));
            default -> U128.of(dice.between(1, 100));
        };
    }

    BigInteger hugeAmount() {
        return switch (dice.below(8)) {
            case 0 -> U128.MAX;
            case 1 -> U128.MAX.subtract(U128.of(dice.between(0, 200)));
            case 2 -> BigInteger.ONE.shiftLeft(127);
            case 3 -> BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);
            case 4 -> BigInteger.ONE.shiftLeft(64).subtract(U128.of(dice.below(2)));
            case 5 -> dice.bits128();
            default -> dice.bits128().shiftRight(dice.below(128));
        };
    }

    BigInteger userData128() {
        return switch (dice.below(8)) {
            case 0, 1, 2 -> U128.ZERO;
            case 3 -> U128.of(dice.between(1, 3), 0);
            case 4 -> U128.of(dice.between(1, 3), dice.between(1, 3));
            case 5 -> dice.chance(0.1) ? dice.bits128() : U128.MAX;
            default -> U128.of(dice.between(1, 5));
        };
    }

    long userData64() {
        return switch (dice.below(8)) {
            case 0, 1, 2, 3 -> 0;
            case 4 -> dice.chance(0.1) ? dice.bits() : -1;
            default -> dice.between(1, 5);
        };
    }

    long userData32() {
        return switch (dice.below(8)) {
            case 0, 1, 2, 3 -> 0;
            case 4 -> 0xFFFFFFFFL;
            default -> dice.between(1, 5);
        };
    }

    /** In seconds. */
    long timeout() {
        return switch (dice.below(8)) {
            case 0 -> 10;
            case 1 -> dice.between(8, 12);
            case 2 -> dice.chance(0.2) ? 0xFFFFFFFFL : dice.between(1, 100_000);
            default -> dice.between(1, 4);
        };
    }
}
