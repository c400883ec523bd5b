package io.thalweg.server.views;

import static io.thalweg.server.views.Statuses.live;
import static io.thalweg.server.views.Statuses.parked;
import static io.thalweg.server.views.Statuses.replica;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParkedHereTest {
    private final Statuses node = new Statuses();
    private final ParkedHere parkedHere = new ParkedHere(node, node);

    private void look(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            parkedHere.look();
        }
    }

    @Test
    void whoLivesAsksNobody() throws Exception {
        node.here = live(7);
        look(10);
        assertThat(node.asked).isEmpty();
    }

    @Test
    void whoFollowsWaitsForTheLeaderAndTriesAgainWhereThatWentOn() throws Exception {
        node.here = parked(7);
        node.others = List.of(replica("a", true, live(6)), replica("b", false, live(9)));
        look(1);
        assertThat(node.asked).containsExactly("leader");
        assertThat(node.retried).isEmpty(); // it has not come there yet
        node.others = List.of(replica("a", true, parked(7)), replica("b", false, live(9)));
        look(2);
        assertThat(node.retried).isEmpty(); // it is parked, and so is the view
        node.others = List.of(replica("a", true, live(7)));
        look(4);
        assertThat(node.retried).containsExactly(1);
    }

    @Test
    void whoLeadsTriesAgainWhereAnyOtherWentOn() throws Exception {
        node.leads = true;
        node.here = parked(7);
        node.others = List.of(replica("a", false, parked(7)), replica("b", false, live(7)));
        look(1);
        assertThat(node.asked).containsExactly("all");
        assertThat(node.retried).containsExactly(1);
    }

    @Test
    void itAsksMoreSeldomEachTimeWhateverItHearsAndAtOnceAtAnotherEvent() throws Exception {
        node.here = parked(7);
        node.others = List.of(replica("a", true, parked(7)));
        look(1 + 2 + 4 + 8 + 16);
        assertThat(node.asked).hasSize(5);
        node.here = live(7);
        look(1);
        node.here = parked(9);
        look(1);
        assertThat(node.asked).hasSize(6);
    }

    @Test
    void ofAnotherVersionNothingIsSaid() throws Exception {
        node.here = parked(7);
        node.others = List.of(new ViewReplicas.Replica("a", true, List.of()));
        look(100);
        assertThat(node.retried).isEmpty();
    }
}
