package io.thalweg.memo.durability;

/**
 * What a holder's silence says about its life. While it is up, three things compete: it dies for good (rate &lambda;), it goes
 * away and will return (rate &omega;, returning at rate &rho;), or a beat of it is heard (rate h). Beats come every &tau; seconds
 * and are lost with probability q, hence h = &minus;ln q / &tau;. With k = &lambda; + &omega; + h, the probability of having heard
 * nothing for a seconds is the sum of
 *
 * <pre>
 * N = e^(-k a)                                         it is up, and its beats were lost
 * T = &omega; a e^(-min(k,&rho;) a) (1 - e^-D) / D, D = |k - &rho;| a     it is down and will return
 * P = &lambda; (1 - e^(-k a)) / k                              it is dead
 * </pre>
 *
 * and it is alive, up or down, with probability (N + T) / (N + T + P). The outage or death must have begun while no beat had yet
 * been heard: that is why h is inside k, and leaving it out would be far too hopeful. T is written one-sided and factored: the
 * textbook form cancels near k = &rho; and overflows for a large &rho;.
 *
 * @param beatSeconds &tau;, the pause between two beats
 * @param beatLoss q, the share of beats that do not arrive, above 0 and below 1
 * @param outageRate &omega;, outages a second of a holder that is up
 * @param returnRate &rho;, returns a second of a holder that is down, above 0
 */
public record Silence(double beatSeconds, double beatLoss, double outageRate, double returnRate) {
    /** A beat every ten seconds of which one in twenty is lost; an outage a week, over in an hour. */
    public static final Silence DEFAULT = new Silence(10, 0.05, 1.0 / (7 * 86_400), 1.0 / 3600);

    public Silence {
        Check.positive("beat interval in seconds", beatSeconds);
        if (!(beatLoss > 0 && beatLoss < 1)) {
            throw new IllegalArgumentException(
                    "the share of lost beats is " + beatLoss + ", expected one between 0 and 1, both excluded");
        }
        Check.rate("outage rate", outageRate);
        Check.positive("return rate", returnRate);
    }

    /** The same with another share of lost beats, for a domain that one probably cannot hear oneself. */
    public Silence withBeatLoss(double share) {
        return new Silence(beatSeconds, share, outageRate, returnRate);
    }

    /** The probability that a holder with this death rate lives, having been silent for so long. */
    public double alive(double deathRate, double silentSeconds) {
        return split(deathRate, silentSeconds)[0];
    }

    /** The probability that it is dead, without the cancellation of {@code 1 - alive}. */
    public double dead(double deathRate, double silentSeconds) {
        return split(deathRate, silentSeconds)[1];
    }

    private double[] split(double deathRate, double a) {
        double heard = -StrictMath.log(beatLoss) / beatSeconds;
        double k = deathRate + outageRate + heard;
        double up = StrictMath.exp(-k * a);
        double d = StrictMath.abs(k - returnRate) * a;
        double factor = d == 0 ? 1 : -StrictMath.expm1(-d) / d;
        double down = outageRate * a * StrictMath.exp(-StrictMath.min(k, returnRate) * a) * factor;
        double gone = deathRate * -StrictMath.expm1(-k * a) / k;
        double all = up + down + gone;
        // Nothing is left of any of the three only when nobody ever dies and the silence is endless.
        return all > 0 ? new double[] {(up + down) / all, gone / all} : new double[] {0, 1};
    }
}
