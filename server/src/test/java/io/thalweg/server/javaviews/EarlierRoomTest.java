package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Who finds a place to have an index as it was, and who has to come again. */
class EarlierRoomTest {
    private static final TenantId ALICE = new TenantId(new UUID(0, 1));
    private static final TenantId BOB = new TenantId(new UUID(0, 2));
    private static final long SOON = Duration.ofSeconds(30).toNanos();

    private long now;

    private EarlierRoom room(Duration patience) {
        return new EarlierRoom(patience, () -> now);
    }

    private static void refuses(EarlierRoom room, TenantId tenant, long untilNs) {
        assertThatThrownBy(() -> room.enter(tenant, untilNs))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    }

    @Test
    void oneTenantLeavesTheOthersTheirs() {
        EarlierRoom room = room(Duration.ZERO);
        List<EarlierRoom.Place> held = new ArrayList<>();
        for (int i = 0; i < EarlierRoom.PLACES_OF_A_TENANT; i++) {
            held.add(room.enter(ALICE, SOON));
        }
        refuses(room, ALICE, SOON);
        for (int i = EarlierRoom.PLACES_OF_A_TENANT; i < EarlierRoom.PLACES; i++) {
            held.add(room.enter(BOB, SOON));
        }
        refuses(room, new TenantId(new UUID(0, 3)), SOON);
        EarlierRoom.Place first = held.removeFirst();
        first.close();
        first.close();
        try (EarlierRoom.Place _ = room.enter(ALICE, SOON)) {
            refuses(room, ALICE, SOON);
        }
        held.forEach(EarlierRoom.Place::close);
    }

    @Test
    void whatIsOverItsTimeKeepsNobodyOutButIsBounded() {
        EarlierRoom room = room(Duration.ZERO);
        List<EarlierRoom.Place> stuck = new ArrayList<>();
        for (int i = 0; i < EarlierRoom.HELD_MAX; i++) {
            stuck.add(room.enter(new TenantId(new UUID(1, i / EarlierRoom.HELD_OF_A_TENANT)), now + SOON));
            now += SOON;
        }
        refuses(room, BOB, now + SOON);
        stuck.removeLast().close();
        try (EarlierRoom.Place _ = room.enter(BOB, now + SOON)) {
            refuses(room, BOB, now + SOON);
        }
    }

    @Test
    void oneTenantsCodeThatDoesNotComeBackTakesItsOwnPlacesAlone() {
        EarlierRoom room = room(Duration.ZERO);
        List<EarlierRoom.Place> stuck = new ArrayList<>();
        for (int i = 0; i < EarlierRoom.HELD_OF_A_TENANT; i++) {
            stuck.add(room.enter(ALICE, now + SOON));
            now += SOON;
        }
        refuses(room, ALICE, now + SOON);
        room.enter(BOB, now + SOON).close();
        stuck.removeFirst().close();
        room.enter(ALICE, now + SOON).close();
    }

    @Test
    void whoWaitsGetsThePlaceThatIsLeft() throws Exception {
        EarlierRoom room = room(Duration.ofHours(1));
        EarlierRoom.Place first = room.enter(ALICE, Long.MAX_VALUE / 2);
        try (EarlierRoom.Place _ = room.enter(ALICE, Long.MAX_VALUE / 2);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<EarlierRoom.Place> next = threads.submit(() -> room.enter(ALICE, Long.MAX_VALUE / 2));
            first.close();
            next.get().close();
        }
    }
}
