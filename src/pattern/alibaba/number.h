// Numbers of an event as the open-source engine has them: it reads a JSON number into one of Java's number types, and
// compares values by the text of that.
//
//   spelling            type          text
//   80, 8e1             int, long     80
//   -3000000000         int           1294967296           below -2^31 it wraps around, a defect of the engine
//   1e30                BigDecimal    1E+30
//   80.0, 0.10          double        80.0, 0.1
//   0.0001, 12345678.9  double        1.0E-4, 1.23456789E7
//   0.12345678901234567890123         BigDecimal, more digits than a double has: as spelled
#pragma once

#include <string>
#include <string_view>

namespace outflow::pattern {

struct AlibabaNumber {
    std::string_view text;
    double value = 0;
};

// `spelling` is a JSON number. The text is a view of it or of `scratch`.
// A double's text is the shortest, as Java's since version 19. Java 17 prints a digit more for a few doubles of 16
// digits; that changes the answer only for a number that is spelled with zeros at its end, or is 10^7 and more with a
// fraction. Where the engine fails on an event (an exponent beyond 32 bits) the text is the spelling.
AlibabaNumber read_alibaba_number(std::string_view spelling, std::string& scratch);

// The nearest double; infinite when it is too large.
double nearest_double(std::string_view spelling);

// Appends what Java's Double.toString gives for a finite value.
void append_java_double(std::string& out, double value);

}  // namespace outflow::pattern
