// A value or an Error. `TRY(auto x, f());` takes the value or returns the error to the caller.
#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace outflow {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> failed(ErrorCode code, std::string context) {
    return tl::unexpected<Error>(Error{code, std::move(context)});
}

inline tl::unexpected<Error> failed(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace outflow

#define OUTFLOW_TRY_2(name, declaration, expression)              \
    auto name = (expression);                                     \
    if (!name) return ::outflow::failed(std::move(name).error()); \
    declaration = std::move(*name)
#define OUTFLOW_TRY_1(counter, declaration, expression) OUTFLOW_TRY_2(outflow_try_##counter, declaration, expression)
#define OUTFLOW_TRY_0(counter, declaration, expression) OUTFLOW_TRY_1(counter, declaration, expression)
// For a call that returns a Status.
#define TRY_STATUS(expression)                                            \
    if (::outflow::Status outflow_status = (expression); !outflow_status) \
    return ::outflow::failed(std::move(outflow_status).error())
#define TRY(declaration, expression) OUTFLOW_TRY_0(__COUNTER__, declaration, expression)
