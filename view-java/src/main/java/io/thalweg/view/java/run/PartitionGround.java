package io.thalweg.view.java.run;

import io.thalweg.index.Index;
import io.thalweg.index.OpenIndex;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.QueryGround;
import java.util.List;

/** What queries read from: the indexes that a partition has opened, at a moment of all of them. */
record PartitionGround(Partition partition, int partitions, Moment moment) implements QueryGround {

    @Override
    public <T> OpenIndex<T> index(Index<T> index) {
        return partition.index(index);
    }

    @Override
    public List<Other> others() {
        return partition.others();
    }
}
