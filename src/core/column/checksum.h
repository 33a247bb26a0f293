// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as in iSCSI and PostgreSQL.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace segments {

// The checksum of `bytes`; uses the processor's CRC instruction where there is one.
uint32_t crc32c(std::span<const uint8_t> bytes);

// The same by tables alone: what crc32c() falls back to, and is tested against.
uint32_t crc32c_by_table(std::span<const uint8_t> bytes);

}  // namespace segments
