package io.thalweg.cli.terminal;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the value of an option that counts something: a whole number from 1 on. */
public final class OneOrMore implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same as one that is too small.
        }
        throw new TypeConversionException("'" + text + "' is no whole number from 1 on");
    }
}
