package io.thalweg.cluster.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.shard.Consensus.Role;
import io.thalweg.shard.Consensus.Standing;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What is said of a replica, by what it knows of its group. */
class ShardStatusTest {
    private static final long COMMITTED = 5_000;

    private static ShardStatus of(Role role, Optional<String> leader, long applied) {
        return ShardStatus.of(3, new Standing(role, leader, 7, COMMITTED), applied, Optional.empty());
    }

    private static void assertSaid(ShardStatus said, ShardRole role, long offset, OptionalLong lag) {
        assertThat(said).isEqualTo(new ShardStatus(3, role, offset, lag));
    }

    @Test
    void whoFollowsIsRecoveringAsLongAsItLacksMuch() {
        Optional<String> leader = Optional.of("n2");
        long enough = COMMITTED - ShardStatus.LAG_MAX;
        assertSaid(of(Role.FOLLOWER, leader, COMMITTED), new ShardRole.Secondary(), COMMITTED, OptionalLong.of(0));
        assertSaid(
                of(Role.FOLLOWER, leader, enough),
                new ShardRole.Secondary(),
                enough,
                OptionalLong.of(ShardStatus.LAG_MAX));
        assertSaid(
                of(Role.FOLLOWER, leader, enough - 1),
                new ShardRole.Recovering(),
                enough - 1,
                OptionalLong.of(ShardStatus.LAG_MAX + 1));
        assertSaid(of(Role.FOLLOWER, leader, -1), new ShardRole.Recovering(), 0, OptionalLong.of(COMMITTED + 1));
        assertSaid(
                of(Role.FOLLOWER, leader, COMMITTED + 5), new ShardRole.Secondary(), COMMITTED + 5, OptionalLong.of(0));
    }

    @Test
    void whoKnowsOfNoLeaderCannotSayWhatItLacks() {
        Optional<String> nobody = Optional.empty();
        for (Role role : new Role[] {Role.FOLLOWER, Role.CANDIDATE}) {
            assertSaid(of(role, nobody, COMMITTED), new ShardRole.Recovering(), COMMITTED, OptionalLong.empty());
        }
        assertSaid(of(Role.LEADER, nobody, 9), new ShardRole.Primary(), 9, OptionalLong.empty());
        assertSaid(of(Role.STOPPED, nobody, 9), new ShardRole.Other("stopped"), 9, OptionalLong.empty());
    }

    @Test
    void whatHaltedOrIsLostSaysWhyWhateverElseItIs() {
        Standing leads = new Standing(Role.LEADER, Optional.of("n1"), 7, COMMITTED);
        assertSaid(
                ShardStatus.of(3, leads, 9, Optional.of("a wrong byte")),
                new ShardRole.Other("halted: a wrong byte"),
                9,
                OptionalLong.empty());
        assertSaid(ShardStatus.lost(3, "its disk"), new ShardRole.Other("lost: its disk"), 0, OptionalLong.empty());
    }
}
