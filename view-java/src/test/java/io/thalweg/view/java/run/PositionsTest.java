package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import org.junit.jupiter.api.Test;

class PositionsTest {
    private static Positions positions() {
        Positions positions = new Positions();
        positions.step(4);
        positions.begin("in/0", "log", 9, 2);
        positions.taken("@hops/0", 5);
        return positions;
    }

    @Test
    void aPartOfAnEventIsTakenUntilAllOfItIs() {
        Positions positions = positions();
        assertThat(positions.write()[0]).isEqualTo((byte) 2);
        positions.within("@hops/0", 3);
        byte[] written = positions.write();
        assertThat(written[0]).isEqualTo((byte) 5);
        Positions read = Positions.read(written);
        assertThat(read.within("@hops/0")).isEqualTo(3);
        assertThat(read.taken("@hops/0")).as("no more than whole events").isEqualTo(5);
        assertThat(read.within("in/0")).isZero();
        assertThat(read.place()).isEqualTo(Positions.Place.OWN);
        assertThat(read.write()).isEqualTo(written);
        read.taken("@hops/0", 6);
        assertThat(read.within("@hops/0")).isZero();
        assertThat(read.write()[0]).as("what older programs read").isEqualTo((byte) 2);
    }

    @Test
    void aStateThatFollowsKeepsItToo() {
        Positions positions = positions();
        positions.follow();
        assertThat(positions.write()[0]).isEqualTo((byte) 4);
        positions.within("@hops/0", 1);
        positions.requireSame("@hops/0", "other");
        Positions read = Positions.read(positions.write());
        assertThat(read.place()).isEqualTo(Positions.Place.FOLLOWS);
        assertThat(read.since()).isEqualTo(4);
        assertThat(read.within("@hops/0")).isEqualTo(1);
    }

    @Test
    void formsOfOldAreRead() {
        byte[] first = new ValueWriter()
                .raw(1)
                .count(7)
                .count(3)
                .count(1)
                .text("in/0")
                .count(9)
                .toByteArray();
        Positions read = Positions.read(first);
        assertThat(read.step()).isEqualTo(7);
        assertThat(read.sent()).isEqualTo(7);
        assertThat(read.all()).containsEntry("in/0", 9L);
        assertThat(read.within("in/0")).isZero();
        byte[] place = new ValueWriter()
                .raw(4)
                .count(7)
                .count(3)
                .count(0)
                .count(0)
                .count(0)
                .count(0)
                .count(0)
                .count(7)
                .toByteArray();
        assertThatThrownBy(() -> Positions.read(place))
                .as("version 4 was for those that stand beside another")
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> Positions.read(new byte[] {6})).isInstanceOf(MalformedException.class);
    }
}
