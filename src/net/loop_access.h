// The door to Asio for net's own .cpp files. No other folder includes it.
#pragma once

#include <boost/asio/io_context.hpp>

#include "net/event_loop.h"

namespace outflow::net {

struct LoopAccess {
    // Lives as long as the loop.
    static boost::asio::io_context& context(EventLoop& loop);
};

}  // namespace outflow::net
