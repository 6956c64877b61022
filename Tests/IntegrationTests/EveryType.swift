// A table with every ClickHouse type that can be offloaded, and the values at their edges.

enum EveryType {
    static let columns = """
        id UInt32, at DateTime64(6,'UTC'),
        c_bool Bool, c_i8 Int8, c_i16 Int16, c_i32 Int32, c_i64 Int64, c_i128 Int128, c_i256 Int256,
        c_u8 UInt8, c_u16 UInt16, c_u32 UInt32, c_u64 UInt64, c_u128 UInt128, c_u256 UInt256,
        c_f32 Float32, c_f64 Float64, c_bf16 BFloat16,
        c_d9 Decimal(9,4), c_d18 Decimal(18,0), c_d38 Decimal(38,10), c_d38z Decimal(38,0), c_d76 Decimal(76,20),
        c_s String, c_fs FixedString(4), c_date Date, c_date32 Date32, c_dt DateTime, c_dtz DateTime('Asia/Tokyo'), c_dt0 DateTime64(0,'UTC'),
        c_dt3 DateTime64(3), c_dt6 DateTime64(6,'America/New_York'), c_uuid UUID, c_ip4 IPv4, c_ip6 IPv6,
        c_e8 Enum8('a'=-128,'ü'=0,'z z'=127), c_e16 Enum16('x'=-32768,'y'=32767),
        c_time Time, c_time64 Time64(6), c_ivd IntervalDay, c_ivs IntervalSecond,
        c_lc LowCardinality(String), c_lcn LowCardinality(Nullable(String)), 
        n_i32 Nullable(Int32), n_u64 Nullable(UInt64), n_f64 Nullable(Float64), n_s Nullable(String), n_d Nullable(Decimal(18,6)), n_date Nullable(Date32), n_dt Nullable(DateTime64(6,'UTC')), n_uuid Nullable(UUID), n_fs Nullable(FixedString(3)), n_e Nullable(Enum8('p'=1,'q'=2)), n_ip Nullable(IPv6), n_b Nullable(Bool),
        a_i Array(Int32), a_ns Array(Nullable(String)), a_aa Array(Array(UInt64)), a_dt Array(DateTime), a_e Array(Enum8('a'=1,'b'=2)), a_uuid Array(UUID), a_lc Array(LowCardinality(String)),
        m_si Map(String, Int64), m_sa Map(String, Array(Nullable(UInt64))), m_lc Map(LowCardinality(String), Map(UInt8, DateTime64(3,'UTC'))),
        t_n Tuple(a Int32, b Nullable(String), c Tuple(d Decimal(9,2), e Array(Tuple(f UInt64, g String)))),
        t_u Tuple(UInt8, String, DateTime('UTC')),
        nst Nested(k String, v Nullable(UInt64)),
        saf SimpleAggregateFunction(max, UInt64), saf_s SimpleAggregateFunction(anyLast, Nullable(String)), 
        j JSON, v Variant(UInt64, String, Array(Int32)), dy Dynamic,
        c_dt9 DateTime64(9, 'UTC'), a_i128 Array(Nullable(Int128)), m_ip Map(IPv4, UUID), n_j Nullable(JSON),
        a_v Array(Variant(String, UInt8)), n_bf Nullable(BFloat16), a_fs Array(FixedString(2)), n_t Nullable(Time),
        a_b Array(Nullable(Bool)), t_w Tuple(w UInt128, i IPv6), lc_n LowCardinality(Nullable(FixedString(2))),
        a_t Array(Tuple(Int8, Enum8('a' = 1))), m_d Map(Date, Decimal(38, 20)),
        p Point, r Ring, ls LineString, pg Polygon, mp MultiPolygon, mls MultiLineString
        """

    /// Defaults, minima, maxima, and what has no order: NaN, infinities, the smallest of numbers.
    static let rows = #"""
        {"id":1,"at":"2026-01-01 00:00:00"}
        {"id":2,"at":"2026-01-01 00:00:01","c_bool":true,"c_i8":-128,"c_i16":-32768,"c_i32":-2147483648,"c_i64":"-9223372036854775808","c_i128":"-99999999999999999999999999999999999999","c_i256":"-57896044618658097711785492504343953926634992332820282019728792003956564819968","c_f32":-3.4028234e38,"c_f64":-1.7976931348623157e308,"c_bf16":-1.5,"c_d9":"-99999.9999","c_d18":"-999999999999999999","c_d38":"-9999999999999999999999999999.9999999999","c_d38z":"-99999999999999999999999999999999999999","c_d76":"-12345678901234567890123456789012345678901234567890.12345678901234567890","c_s":"","c_date":"1970-01-01","c_date32":"1900-01-01","c_dt":"1970-01-01 00:00:00","c_dtz":"1970-01-01 09:00:00","c_dt0":"1900-01-01 00:00:00","c_dt3":"1900-01-01 00:00:00.001","c_dt6":"1950-06-15 12:34:56.789012","c_uuid":"00000000-0000-0000-0000-000000000000","c_ip4":"0.0.0.0","c_ip6":"::","c_e8":"a","c_e16":"x","c_time":"-999:59:59","c_time64":"-999:59:59.999999","c_ivd":-5,"c_ivs":-9000000000,"n_i32":-2147483648,"n_d":"-0.000001","n_date":"1900-01-01","n_dt":"1969-12-31 23:59:59.999999","a_i":[-2147483648,0,2147483647],"a_ns":[null,"",null,"ß"],"a_aa":[[],["18446744073709551615"],["0"]],"t_n":{"a":-1,"b":null,"c":{"d":"-1.50","e":[]}},"t_u":[255,"x","1970-01-01 00:00:00"],"j":{"a":{"b":[1,"x",null]},"d":"2020-01-01"},"p":[-0.0,1e300],"r":[[0,0],[1,1]],"ls":[[1,2]],"pg":[[[0,0],[1,0],[1,1]]],"mp":[[[[0,0],[1,0],[1,1]]]],"mls":[[[1,2],[3,4]],[]]}
        {"id":3,"at":"2026-01-01 00:00:02","c_bool":false,"c_i8":127,"c_i16":32767,"c_i32":2147483647,"c_i64":"9223372036854775807","c_i128":"99999999999999999999999999999999999999","c_i256":"57896044618658097711785492504343953926634992332820282019728792003956564819967","c_u8":255,"c_u16":65535,"c_u32":4294967295,"c_u64":"18446744073709551615","c_u128":"99999999999999999999999999999999999999","c_u256":"115792089237316195423570985008687907853269984665640564039457584007913129639935","c_f32":3.4028234e38,"c_f64":1.7976931348623157e308,"c_bf16":3.0,"c_d9":"99999.9999","c_d18":"999999999999999999","c_d38":"9999999999999999999999999999.9999999999","c_d38z":"99999999999999999999999999999999999999","c_d76":"99999999999999999999999999999999999999999999999999999999.99999999999999999999","c_s":"日本語 \u0000 🚀 \"q\" \\ \n\t","c_fs":"ab","c_date":"2149-06-06","c_date32":"2299-12-31","c_dt":"2106-02-07 06:28:15","c_dtz":"2106-02-07 15:28:15","c_dt0":"2299-12-31 23:59:59","c_dt3":"2299-12-31 23:59:59.999","c_dt6":"2299-12-31 18:59:59.999999","c_uuid":"ffffffff-ffff-ffff-ffff-ffffffffffff","c_ip4":"255.255.255.255","c_ip6":"2001:db8::ff00:42:8329","c_e8":"z z","c_e16":"y","c_time":"999:59:59","c_time64":"12:34:56.000001","c_ivd":5,"c_ivs":9000000000,"c_lc":"低","c_lcn":"","n_i32":0,"n_u64":"18446744073709551615","n_f64":0.0,"n_s":"","n_d":"999999999999.999999","n_date":"2299-12-31","n_dt":"2299-12-31 23:59:59.999999","n_uuid":"123e4567-e89b-12d3-a456-426614174000","n_fs":"\u0000a","n_e":"q","n_ip":"::ffff:1.2.3.4","n_b":false,"a_i":[],"a_ns":["é"],"a_aa":[[],[]],"a_dt":["1970-01-01 00:00:00","2106-02-07 06:28:15"],"a_e":["a","b","a"],"a_uuid":["123e4567-e89b-12d3-a456-426614174000"],"a_lc":["x","","x"],"m_si":{"":-1,"k\u00e9y":9},"m_sa":{"a":[],"b":[null,"18446744073709551615"]},"m_lc":{"x":{"1":"2020-01-01 00:00:00.123"},"y":{}},"t_n":{"a":1,"b":"","c":{"d":"1.50","e":[{"f":"18446744073709551615","g":"G"},{"f":"0","g":""}]}},"t_u":[0,"","2106-02-07 06:28:15"],"nst.k":["a","b"],"nst.v":[null,"7"],"saf":"18446744073709551615","saf_s":"last","c_dt9":"1999-12-31 23:59:59.123456789","a_i128":[null,"-99999999999999999999999999999999999999"],"m_ip":{"10.0.0.1":"123e4567-e89b-12d3-a456-426614174000"},"n_j":{"a":[1]},"a_v":["é",7,null],"n_bf":-2.0,"a_fs":["ab","c"],"n_t":"-01:02:03","a_b":[true,null,false],"t_w":{"w":"99999999999999999999999999999999999999","i":"fe80::1"},"lc_n":"z","a_t":[[-128,"a"]],"m_d":{"2020-02-29":"-0.00000000000000000001"},"j":{"x":1.5,"y":"é"},"v":"18446744073709551615","dy":42,"p":[1.5,-2.5]}
        {"id":4,"at":"2026-01-01 00:00:03","c_f32":"nan","c_f64":"nan","c_bf16":"nan","n_f64":"nan","p":["nan","inf"],"v":"text é","dy":"text","saf_s":null,"c_dt9":"1969-12-31 23:59:59.999999999","c_ip6":"::ffff:255.255.255.255"}
        {"id":5,"at":"2026-01-01 00:00:04","c_f32":"inf","c_f64":"-inf","c_bf16":"-inf","n_f64":"inf","v":[1,2,3],"dy":[1,"x"],"c_e8":"ü"}
        {"id":6,"at":"2026-01-01 00:00:05","c_f32":-0.0,"c_f64":-0.0,"n_f64":-0.0,"dy":null,"v":null}
        {"id":7,"at":"2026-01-01 00:00:06","c_f32":1e-45,"c_f64":5e-324,"n_f64":5e-324}
        """#

    /// What the columns are to be that change their form: Nested becomes one list; these types become their text.
    static func expected(from source: String) -> String {
        """
        SELECT * EXCEPT (`nst.k`, `nst.v`) REPLACE (
                toString(c_d76) AS c_d76, CAST(v, 'Nullable(String)') AS v, CAST(dy, 'Nullable(String)') AS dy,
                CAST(a_v, 'Array(Nullable(String))') AS a_v),
            CAST(arrayZip(`nst.k`, `nst.v`), 'Array(Tuple(k String, v Nullable(UInt64)))') AS nst
        FROM \(source)
        """
    }
}
