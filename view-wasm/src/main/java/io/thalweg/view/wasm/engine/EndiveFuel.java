package io.thalweg.view.wasm.engine;

import java.util.function.Supplier;
import run.endive.runtime.GlobalFactory;
import run.endive.runtime.GlobalInstance;
import run.endive.wasm.types.MutabilityType;
import run.endive.wasm.types.ValType;

/** {@link Fuel} as two globals that all core instances of a component share, in the place of those that {@link EndiveMeter} adds to each module. */
final class EndiveFuel implements Fuel {
    private final GlobalInstance units = global(0, 0, ValType.I64, MutabilityType.Var);
    private final GlobalInstance words = global(0, 0, ValType.I32, MutabilityType.Var);

    private static GlobalInstance global(long low, long high, ValType type, MutabilityType mutability) {
        return GlobalInstance.builder()
                .valueLow(low)
                .valueHigh(high)
                .valType(type)
                .mutabilityType(mutability)
                .build();
    }

    /**
     * Makes the globals of one core instance.
     *
     * @param own how many come before the two that are shared
     */
    GlobalFactory shared(int own) {
        int[] made = {0};
        return (low, high, type, mutability) -> {
            int number = made[0]++ - own;
            return number < 0 ? global(low, high, type, mutability) : number == 0 ? units : words;
        };
    }

    @Override
    public void fill(long full) {
        units.setValue(full);
        words.setValue((long) STACK_WORDS);
    }

    @Override
    public long left() {
        return units.getValue();
    }

    @Override
    public boolean isTooDeep() {
        return (int) words.getValue() < 0;
    }

    @Override
    public void charge(long more) {
        units.setValue(units.getValue() - more);
    }

    @Override
    public CoreModule.Function level(CoreModule.Function function) {
        return arguments -> {
            long before = words.getValue();
            long[] results = function.call(arguments);
            words.setValue(before);
            return results;
        };
    }

    /** The same for what is called once. */
    <T> T level(Supplier<T> code) {
        long before = words.getValue();
        T result = code.get();
        words.setValue(before);
        return result;
    }
}
