package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Lives of groups of three under faults. {@code -Dthalweg.seed=N} starts at another seed, {@code -Dthalweg.seeds=N} runs more or fewer of
 * them.
 */
final class GroupSimulationTest {
    private static final long FIRST_SEED = Long.getLong("thalweg.seed", 1);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 1_000);

    @Test
    void threeReplicasLoseNothingAgreeAndAnswerRetriesAlike() {
        long acknowledged = 0;
        long crashes = 0;
        long leaders = 0;
        long installs = 0;
        long replaced = 0;
        long flips = 0;
        long damaged = 0;
        long jumps = 0;
        long compared = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            GroupSimulation simulation = GroupSimulation.check(seed);
            acknowledged += simulation.acknowledged();
            crashes += simulation.crashes();
            leaders += simulation.leaders();
            installs += simulation.installs();
            replaced += simulation.replaced();
            flips += simulation.flips();
            damaged += simulation.damaged();
            jumps += simulation.jumps();
            compared += simulation.compared();
        }
        System.out.println(SEEDS + " seeds from " + FIRST_SEED + ": " + crashes + " crashes, " + leaders + " leaders, "
                + installs + " installs, " + replaced + " members replaced, " + flips + " bits inverted, " + damaged
                + " damaged replicas, " + acknowledged + " acknowledged appends");
        assertThat(acknowledged).isGreaterThan(20 * SEEDS);
        assertThat(crashes).isGreaterThan(SEEDS);
        assertThat(installs).as("snapshots that travelled").isGreaterThan(SEEDS / 4);
        assertThat(replaced).as("members in whose place others came").isGreaterThan(SEEDS / 20);
        assertThat(flips).as("bits that were inverted at rest").isGreaterThan(SEEDS / 4);
        assertThat(damaged).as("replicas that stepped aside for one").isGreaterThan(SEEDS / 20);
        assertThat(compared).as("places at which replicas compare digests").isGreaterThan(SEEDS);
        assertThat(jumps).as("clocks that were set hours ahead").isGreaterThan(SEEDS / 8);
        assertThat(leaders).as("leaders that took over from another").isGreaterThan(2 * SEEDS);
    }

    /** Digests at equal positions have the ledger in them, and so has the state that the committed entries alone give. */
    @Test
    void aLedgerIsTheSameOnAllReplicasAndTheModelsWhoeverLeads() {
        long answered = 0;
        long repeated = 0;
        long expired = 0;
        long diedOver = 0;
        long installs = 0;
        long crashes = 0;
        long seeds = Math.max(1, SEEDS / 10);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
            LedgerTenancy ledger = new LedgerTenancy(seed);
            GroupSimulation simulation = new GroupSimulation(seed, ledger);
            try {
                simulation.run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " fails (-Dthalweg.seed=" + seed + " -Dthalweg.seeds=1)", e);
            }
            answered += ledger.answered();
            repeated += ledger.repeated();
            expired += ledger.expiries();
            diedOver += ledger.diedOver();
            installs += simulation.installs();
            crashes += simulation.crashes();
        }
        System.out.println(seeds + " seeds from " + FIRST_SEED + " with a ledger: " + answered + " requests answered, "
                + repeated + " of them twice, " + expired + " pending transfers expired, "
                + diedOver + " processes ended before they had them expire, " + crashes + " crashes, "
                + installs + " installs");
        assertThat(answered).isGreaterThan(20 * seeds);
        assertThat(repeated).isGreaterThan(seeds);
        assertThat(expired).as("transfers that expired").isGreaterThan(10 * seeds);
        assertThat(diedOver).as("processes that died over that").isGreaterThanOrEqualTo(seeds / 10);
        assertThat(crashes).isGreaterThan(seeds);
        assertThat(installs).isGreaterThan(seeds / 4);
    }

    /** Retention and the time of keys, by whoever leads. */
    @Test
    void whatRetentionLetsGoOfIsGoneInTheEndAndNothingElseWhoeverDiesOverIt() {
        long trims = 0;
        long open = 0;
        long repeated = 0;
        long anew = 0;
        long crashes = 0;
        long seeds = Math.max(1, SEEDS / 20);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
            RetentionTenancy kept = new RetentionTenancy(seed);
            GroupSimulation simulation = new GroupSimulation(seed, kept);
            try {
                simulation.run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " fails (-Dthalweg.seed=" + seed + " -Dthalweg.seeds=1)", e);
            }
            trims += kept.trims();
            open += kept.open();
            repeated += kept.repeated();
            anew += kept.anew();
            crashes += simulation.crashes();
        }
        System.out.println(seeds + " seeds from " + FIRST_SEED + " with retention: " + trims + " trims, " + open
                + " of unknown outcome, " + repeated + " appends said again and known, " + anew + " forgotten, "
                + crashes + " crashes");
        assertThat(trims).isGreaterThan(5 * seeds);
        assertThat(open).as("trims whose leader died over them").isGreaterThanOrEqualTo(seeds / 4);
        assertThat(repeated).isGreaterThan(seeds);
        assertThat(anew).as("appends whose keys were forgotten").isGreaterThan(seeds);
        assertThat(crashes).isGreaterThan(seeds);
    }

    @Test
    void whatWasDeletedIsErasedFromEveryReplicaWhoeverDiesOverIt() {
        long said = 0;
        long erased = 0;
        long again = 0;
        long crashes = 0;
        long installs = 0;
        long seeds = Math.max(1, SEEDS / 20);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
            ErasureTenancy secret = new ErasureTenancy(seed);
            GroupSimulation simulation = new GroupSimulation(seed, secret);
            try {
                simulation.run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " fails (-Dthalweg.seed=" + seed + " -Dthalweg.seeds=1)", e);
            }
            said += secret.said();
            erased += secret.erased();
            again += secret.again();
            crashes += simulation.crashes();
            installs += simulation.installs();
        }
        System.out.println(seeds + " seeds from " + FIRST_SEED + " with a secret: said " + said + " times, erased from "
                + erased + " replicas, had again by " + again + ", " + crashes + " crashes, " + installs + " installs");
        assertThat(said).isGreaterThan(5 * seeds);
        assertThat(erased).isGreaterThanOrEqualTo(3 * seeds);
        assertThat(crashes).isGreaterThan(seeds);
    }

    @Test
    void theSameSeedLivesTheSameLife() {
        GroupSimulation first = GroupSimulation.check(FIRST_SEED);
        GroupSimulation second = GroupSimulation.check(FIRST_SEED);
        assertThat(second.acknowledged()).isEqualTo(first.acknowledged());
        assertThat(second.simulatedNs()).isEqualTo(first.simulatedNs());
        assertThat(second.leaders()).isEqualTo(first.leaders());
    }
}
