package io.thalweg.testkit.nemesis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A kind of fault. Each ends with all nodes running, and reaching each other. */
public enum Fault {
    KILL_ONE,
    PAUSE_ONE,
    /** The other comes back with a clock that is a day ahead, and dies again. */
    PAUSE_ONE_WHILE_ANOTHER_DIES,
    PAUSE_MAJORITY,
    KILL_MAJORITY,
    KILL_ALL,
    /** Nobody hears one, and it hears nobody. */
    CUT_OFF_ONE,
    /** Two do not hear each other, and the others hear both. */
    CUT_ONE_LINK,
    /** One hears nobody, and is heard. */
    DEAFEN_ONE,
    /** One hears everybody, and is not heard. */
    MUTE_ONE,
    /** What goes to and from one is late, and another's disk is slow. */
    SLOW_ONE,
    /** One is ended in order and comes back, and then another, without a pause, as by somebody who is in a hurry to upgrade. */
    RESTART_TWO_IN_TURN;

    /** Each kind once, in an order by chance. */
    public static List<Fault> shuffled(Random random) {
        List<Fault> all = new ArrayList<>(List.of(values()));
        Collections.shuffle(all, random);
        return all;
    }
}
