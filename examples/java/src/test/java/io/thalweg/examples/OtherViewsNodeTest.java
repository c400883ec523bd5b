package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Views on a node that read each other, and what that says for deploying and deleting them. */
final class OtherViewsNodeTest extends OnNode {
    private static final Index<Map<String, Stay>> STAYS =
            Index.of("stays", Schema.map(Schema.of(String.class), Schema.record(Stay.class)));
    private static final Index<Map<String, Long>> BILLS = Index.of("bills", Schema.map(String.class, Long.class));

    /** Of a guest. */
    public record Stay(String room, long nights) {}

    /** Counts nights. */
    public static class Hotel implements View {
        @Override
        public void declare(Declaration view) {
            view.index(STAYS);
            view.log(
                    "nights",
                    Codec.text(),
                    (step, room) -> step.index(STAYS)
                            .at(Maps.key(step.key()))
                            .update(stay -> new Stay(room, stay == null ? 1 : stay.nights() + 1)));
            view.query(Query.at(
                    "price",
                    Schema.of(String.class),
                    Schema.of(Long.class),
                    guest -> guest,
                    (at, guest) -> at.index(STAYS)
                                    .at(Maps.key(guest), Maps.field(Stay::room))
                                    .orElse("")
                                    .equals("suite")
                            ? 300L
                            : 100L));
        }
    }

    /** Has no query. */
    public static final class Closed implements View {
        @Override
        public void declare(Declaration view) {
            view.index(STAYS);
            view.log("nights", Codec.text(), (_, _) -> {});
        }
    }

    /** Makes bills from what the hotel knows. */
    public static final class Office implements View {
        @Override
        public void declare(Declaration view) {
            view.index(BILLS);
            Other hotel = view.other("hotel");
            OtherIndex<Map<String, Stay>> stays = hotel.index(STAYS);
            OtherQuery<String, Long> price = hotel.query("price", Schema.of(String.class), Schema.of(Long.class));
            view.log("leavings", Codec.text(), (step, guest) -> {
                long nights = step.index(stays, guest)
                        .at(Maps.key(guest), Maps.field(Stay::nights))
                        .orElse(0L);
                Long each = step.ask(price, guest);
                step.index(BILLS).at(Maps.key(step.key())).set(each == null ? 0 : nights * each);
                step.answer(nights);
            });
        }
    }

    /** Cannot say any more what it is, once it is told so. */
    public static final class Spoilt implements View {
        static final String SPOILT = "thalweg.examples.spoilt";

        @Override
        public void declare(Declaration view) {
            if (Boolean.getBoolean(SPOILT)) {
                throw new IllegalStateException("spoilt");
            }
            view.log("nights", Codec.text(), (_, _) -> {});
        }
    }

    private Answer tryDeploy(String name, Class<?> view) throws Exception {
        return send("PUT", "/views/" + name + "?class=" + view.getName() + "&partitions=2", jar());
    }

    @Test
    void whatAViewReadsIsThereBeforeItAndNotDeletedBeforeIt() throws Exception {
        Answer alone = tryDeploy("office", Office.class);
        assertThat(alone.status()).as(alone.text()).isEqualTo(400);
        assertThat(alone.text()).contains("view office reads view hotel, which is no other view in Java");
        deploy("hotel", Hotel.class, 2);
        deploy("office", Office.class, 2);
        String nights = log("nights");
        for (int i = 0; i < 3; i++) {
            Answer night = post("/logs/" + nights + "/append?ack=full&timeout=60000", "suite", "Thalweg-Key", "ann");
            assertThat(night.status()).as(night.text()).isIn(200, 201);
        }
        Answer left = post("/logs/" + log("leavings") + "/append?ack=full&timeout=60000", "ann", "Thalweg-Key", "b1");
        assertThat(left.status()).as(left.text()).isIn(200, 201);
        assertThat(select("office", "bills", "[[\"key\",\"b1\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[900]");
        Answer closed = tryDeploy("hotel", Closed.class);
        assertThat(closed.status()).as(closed.text()).isEqualTo(400);
        assertThat(closed.text()).contains("view office asks query price of view hotel, which has []");
        Answer kept = send("DELETE", "/views/hotel", new byte[0]);
        assertThat(kept.status()).as(kept.text()).isEqualTo(400);
        assertThat(kept.text()).contains("view office reads view hotel: delete it first");
        assertThat(send("DELETE", "/views/office", new byte[0]).status()).isEqualTo(204);
        deploy("hotel", Closed.class, 2);
        assertThat(send("DELETE", "/views/hotel", new byte[0]).status()).isEqualTo(204);
    }

    @Test
    void aViewWhoseCodeDoesNotLoadKeepsNoOtherFromBeingDeployedOrDeleted() throws Exception {
        deploy("spoilt", Spoilt.class, 2);
        deploy("hotel", Hotel.class, 2);
        System.setProperty(Spoilt.SPOILT, "true");
        try {
            restart();
            deploy("hotel", Closed.class, 2);
            Answer gone = send("DELETE", "/views/hotel", new byte[0]);
            assertThat(gone.status()).as(gone.text()).isEqualTo(204);
        } finally {
            System.clearProperty(Spoilt.SPOILT);
        }
    }
}
