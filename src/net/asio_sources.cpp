// The one place where Asio's separately compiled parts are compiled.
#include <boost/asio/impl/src.hpp>
