package io.thalweg.memo.durability;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The probability that a memo is lost within a horizon, kept as its natural logarithm, so that neither thirty nines nor three
 * hundred are too many for a number.
 *
 * @param ln natural logarithm of the probability, at most 0, finite
 */
public record Loss(double ln) implements Comparable<Loss> {
    private static final double LN_10 = StrictMath.log(10);

    /** A year of 365 days. */
    public static final double YEAR_SECONDS = 365 * 86_400.0;

    /** Nobody has it. */
    public static final Loss CERTAIN = new Loss(0);

    public Loss {
        if (!(ln <= 0 && ln > Double.NEGATIVE_INFINITY)) {
            throw new IllegalArgumentException("the logarithm of a loss is " + ln + ", expected a finite one up to 0");
        }
    }

    /** The probability itself; 0 when it is too small for a double. */
    public double probability() {
        return StrictMath.exp(ln);
    }

    /** How many nines the probability of survival has. */
    public double nines() {
        return ln == 0 ? 0 : -ln / LN_10;
    }

    /** The probability of a loss within a year when horizon follows horizon. */
    public double annual(double horizonSeconds) {
        double times = YEAR_SECONDS / horizonSeconds;
        double probability = probability();
        return probability == 0
                ? StrictMath.exp(ln + StrictMath.log(times))
                : -StrictMath.expm1(times * StrictMath.log1p(-probability));
    }

    /** The probability in decimal, also where a double has no number that small. */
    public BigDecimal decimal(MathContext precision) {
        double probability = probability();
        if (probability > Double.MIN_NORMAL) {
            return new BigDecimal(probability).round(precision);
        }
        double exponent = StrictMath.floor(ln / LN_10);
        BigDecimal mantissa = new BigDecimal(StrictMath.exp(ln - exponent * LN_10));
        return mantissa.scaleByPowerOfTen((int) exponent).round(precision);
    }

    /** By probability: the better one is the smaller. */
    @Override
    public int compareTo(Loss other) {
        return Double.compare(ln, other.ln);
    }
}
