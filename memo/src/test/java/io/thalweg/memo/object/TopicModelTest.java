package io.thalweg.memo.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.TopicModel.Field;
import io.thalweg.memo.object.TopicModel.Merge;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TopicModelTest {
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private static final TopicModel CATS = new TopicModel(
            Map.of(
                    "name", new Field(TopicModel.Type.TEXT, Merge.LAST, true),
                    "lives", new Field(TopicModel.Type.INTEGER, Merge.COUNTER, false),
                    "tags", new Field(TopicModel.Type.TEXT, Merge.SET, false)),
            Map.of("owner", "people"),
            8);

    private static ObjectHistory topic(Memo genesis, TopicModel model) {
        ObjectHistory topic = ObjectHistory.begin(genesis);
        topic.take(topic.edit(Edit.of(new UUID(1, model.hashCode()), TopicModel.EMPTY.evolve(model))));
        return topic;
    }

    @Test
    void aTopicIsTheSameForAllWhoNameItAlike() {
        Memo genesis = TopicModel.genesis(TENANT, "cats");
        assertThat(TopicModel.genesis(TENANT, "cats")).isEqualTo(genesis);
        assertThat(TopicModel.genesis(new TenantId(new UUID(0, 2)), "cats")).isNotEqualTo(genesis);
        assertThat(TopicModel.name(genesis)).isEqualTo("cats");
        assertThatThrownBy(() -> TopicModel.genesis(TENANT, "")).hasMessageContaining("1 to 255 bytes");
    }

    @Test
    void aModelReadsBackAndGrows() {
        ObjectHistory topic = topic(TopicModel.genesis(TENANT, "cats"), CATS);
        TopicModel read = TopicModel.of(topic.projection());
        assertThat(read).isEqualTo(CATS);
        assertThat(read.evolve(CATS)).isEmpty();
        TopicModel more =
                new TopicModel(Map.of("born", new Field(TopicModel.Type.TIME, Merge.LAST, false)), Map.of(), 8);
        topic.take(topic.edit(Edit.of(new UUID(2, 2), read.evolve(more))));
        assertThat(TopicModel.of(topic.projection()).fields()).containsKeys("name", "lives", "tags", "born");
        assertThatThrownBy(() -> read.evolve(new TopicModel(
                        Map.of("name", new Field(TopicModel.Type.INTEGER, Merge.LAST, false)), Map.of(), 8)))
                .hasMessageContaining("field name is text last indexed and stays so");
    }

    @Test
    void modelsMadeApartMeet() {
        Memo genesis = TopicModel.genesis(TENANT, "cats");
        ObjectHistory here = topic(genesis, CATS);
        ObjectHistory there = topic(
                genesis,
                new TopicModel(Map.of("born", new Field(TopicModel.Type.TIME, Merge.LAST, false)), Map.of(), 6));
        Memo from = there.edit(Edit.of(new UUID(3, 3), List.of()));
        assertThat(from.precursors()).hasSize(1);
        Memo model = ObjectHistory.begin(genesis)
                .edit(Edit.of(
                        new UUID(1, 9),
                        TopicModel.EMPTY.evolve(new TopicModel(
                                Map.of("born", new Field(TopicModel.Type.TIME, Merge.LAST, false)), Map.of(), 6))));
        here.take(model);
        assertThat(TopicModel.of(here.projection()).fields()).containsKeys("name", "born");
    }

    @Test
    void changesAreCheckedAgainstTheModel() {
        assertThat(CATS.set("name", new Value.Text("Tom")))
                .isEqualTo(new Change.SetLast("name", new Value.Text("Tom")));
        assertThat(CATS.relate("owner", null)).isEqualTo(new Change.Unrelate("owner"));
        assertThat(CATS.relate("owner", new MemoId(1, 2, 3, 4))).isInstanceOf(Change.Relate.class);
        assertThatThrownBy(() -> CATS.set("name", new Value.Whole(1))).hasMessageContaining("name is of type text");
        assertThatThrownBy(() -> CATS.set("lives", new Value.Whole(1))).hasMessageContaining("is a counter: use add");
        assertThatThrownBy(() -> CATS.set("tags", new Value.Text("x"))).hasMessageContaining("use insert and remove");
        assertThatThrownBy(() -> CATS.add("name", 1)).hasMessageContaining("is no counter");
        assertThatThrownBy(() -> CATS.set("nme", new Value.Text("x"))).hasMessageContaining("is no field of the topic");
        assertThatThrownBy(() -> CATS.relate("friend", null)).hasMessageContaining("is no relationship");
        assertThatThrownBy(() -> new Field(TopicModel.Type.TEXT, Merge.COUNTER, false))
                .hasMessageContaining("of type integer");
        assertThatThrownBy(() -> new Value.Real(Double.NaN)).isInstanceOf(MalformedException.class);
        assertThat(new Value.Real(-0.0)).isEqualTo(new Value.Real(0.0));
    }
}
