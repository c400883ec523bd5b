package io.thalweg.server.views;

import static io.thalweg.server.views.Statuses.live;
import static io.thalweg.server.views.Statuses.replica;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.Position;
import io.thalweg.server.form.Json;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateComparisonTest {
    private final Statuses node = new Statuses();
    private final StateComparison comparison = new StateComparison(node, node);

    private static StateDigest at(long sequence, long value) {
        return new StateDigest(sequence, 1, value);
    }

    private void look(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            comparison.look();
        }
    }

    @Test
    void whoIsLikeMostIsAskedForOnceAndStays() throws Exception {
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", true, live(20, at(10, 5))), replica("b", false, live(20, at(10, 6))));
        look(50);
        assertThat(node.renewedFrom).isEmpty();
        assertThat(node.asked).hasSize(1);
    }

    @Test
    void theOddOneIsMadeAgainFromBeforeWhereItWasLikeTheOthersLast() throws Exception {
        node.leads = true; // it makes no difference
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", false, live(20, at(10, 5))), replica("b", false, live(20, at(10, 5))));
        look(1);
        node.here = live(30, at(10, 5), at(20, 5));
        node.others = List.of(
                replica("a", false, live(30, at(10, 5), at(20, 6))),
                replica("b", false, live(30, at(10, 5), at(20, 6))));
        look(50);
        assertThat(node.renewedFrom).containsExactly(11L);
    }

    @Test
    void oneThatIsOtherAgainIsLeft() throws Exception {
        for (long i = 1; i <= 3; i++) {
            node.here = live(20 * i, at(10 * i, 5));
            node.others = List.of(
                    replica("a", true, live(20 * i, at(10 * i, 6))), replica("b", false, live(20 * i, at(10 * i, 6))));
            look(1);
            assertThat(node.renewedFrom).containsExactly(0L);
        }
    }

    @Test
    void whereAllAreDifferentItIsTheCodeAndNobodyIsMadeAgain() throws Exception {
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", true, live(20, at(10, 6))), replica("b", false, live(20, at(10, 7))));
        look(50);
        assertThat(node.renewedFrom).isEmpty();
        assertThat(node.asked).hasSize(1);
    }

    @Test
    void whoHasNotComeToAPlaceSaysNothingAboutIt() throws Exception {
        node.here = live(20, at(10, 5));
        node.others = List.of(
                replica("a", true, live(9)),
                replica("b", false, live(20, new StateDigest(10, 2, 6), at(11, 6)))); // left something out
        look(5_000);
        assertThat(node.renewedFrom).isEmpty();
        assertThat(node.asked).hasSize(10);
    }

    @Test
    void ofTwoTheOneThatDoesNotLeadIsMadeAgain() throws Exception {
        node.holders = 2;
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", true, live(20, at(10, 6))));
        look(50);
        assertThat(node.renewedFrom).containsExactly(0L);
    }

    @Test
    void andTheOneThatLeadsIsNot() throws Exception {
        node.holders = 2;
        node.leads = true;
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", false, live(20, at(10, 6))));
        look(50);
        assertThat(node.renewedFrom).isEmpty();
        assertThat(node.asked).hasSize(1);
    }

    @Test
    void whileOneIsSilentNobodyIsMadeAgainHoweverLong() throws Exception {
        node.here = live(20, at(10, 5));
        node.others = List.of(replica("a", true, live(20, at(10, 6))), replica("b", false, live(20)));
        look(5_000);
        assertThat(node.renewedFrom).isEmpty();
        node.here = live(30, at(10, 5), at(20, 7));
        node.others = List.of(
                replica("a", true, live(30, at(10, 6), at(20, 8))),
                replica("b", false, live(30, at(10, 5), at(20, 7))));
        look(1);
        assertThat(node.renewedFrom).isEmpty(); // it was right all along
    }

    @Test
    void anotherReleaseThatSaysNothingOfStatesIsUnderstood() {
        StateDigest digest = at(10, Long.MIN_VALUE);
        String status = new String(Json.write(ReplicaStatus.of(live(20, digest))), StandardCharsets.UTF_8);
        assertThat(read(status).known()).containsExactly(digest);
        String older = status.replaceFirst(",\"digests\":\\[[^]]*]", "").replace("\"live\"", "\"dancing\"");
        assertThat(older).isNotEqualTo(status);
        assertThat(read(older).known()).isEmpty();
        VersionStatus its = read(older).of(node.here.tenant(), Statuses.VIEW, Statuses.STREAM);
        assertThat(its.state()).isEqualTo(ViewState.STARTING);
        assertThat(its.position()).isEqualTo(Position.of(Statuses.STREAM, 20));
    }

    private static ReplicaStatus read(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8), ReplicaStatus.class);
    }
}
